//! The instances of a service share its requests.

use super::case::{
    Case, Checked, Inbox, Stop, fast, request, requests, requests_with_prefetch, same, text,
};

pub(super) async fn each_request_goes_to_one(case: Case) -> Checked {
    let caller = case.process().await?;
    let service = case.name("orders");
    let mut first = case.process().await?.subscribe(requests_with_prefetch(&service, 5)).await?;
    let mut second = case.process().await?.subscribe(requests_with_prefetch(&service, 5)).await?;
    let all: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    for body in &all {
        caller.send(fast(request(&service, body))).await?;
    }
    let mut found: Vec<String> = Vec::new();
    while found.len() < all.len() {
        let message = tokio::select! {
            message = first.take() => message?,
            message = second.take() => message?,
        };
        found.push(text(&message));
    }
    nothing_more(&case, &service, [&mut first, &mut second]).await?;
    found.sort_by_key(|body| body.parse::<u32>().ok());
    same("what both got", found, all)
}

/// Of two that have nothing to do, neither is favoured.
pub(super) async fn instances_take_turns(case: Case) -> Checked {
    let caller = case.process().await?;
    let service = case.name("orders");
    let mut first = case.process().await?.subscribe(requests_with_prefetch(&service, 10)).await?;
    let mut second = case.process().await?.subscribe(requests_with_prefetch(&service, 10)).await?;
    for number in 0..10 {
        caller.send(request(&service, &number.to_string())).await?;
    }
    let mut unsettled = Vec::new();
    for _ in 0..5 {
        unsettled.push(first.next().await?);
        unsettled.push(second.next().await?);
    }
    Ok(())
}

pub(super) async fn a_busy_instance_is_passed_over(case: Case) -> Checked {
    let caller = case.process().await?;
    let service = case.name("orders");
    let mut busy = case.process().await?.subscribe(requests_with_prefetch(&service, 1)).await?;
    caller.send(request(&service, "long")).await?;
    let long = busy.next().await?;
    let mut idle = case.process().await?.subscribe(requests_with_prefetch(&service, 1)).await?;
    for number in 0..5 {
        caller.send(request(&service, &number.to_string())).await?;
    }
    idle.expect_all((0..5).map(|number| number.to_string())).await?;
    same("what the busy one has", text(&long.message), "long".to_owned())
}

/// What one instance had not looked at yet when it went.
pub(super) async fn the_rest_goes_to_who_stays(case: Case) -> Checked {
    let caller = case.process().await?;
    let service = case.name("orders");
    let mut goes = case.process().await?.subscribe(requests(&service)).await?;
    let mut stays = case.process().await?.subscribe(requests(&service)).await?;
    for number in 0..20 {
        caller.send(request(&service, &number.to_string())).await?;
    }
    let seen = text(&goes.take().await?);
    drop(goes);
    let rest = (0..20).map(|number| number.to_string()).filter(|body| *body != seen);
    stays.expect_all(rest).await
}

/// Checks that both inboxes are empty: a message for each, both held, is all they get.
async fn nothing_more(case: &Case, service: &str, inboxes: [&mut Inbox; 2]) -> Checked {
    let caller = case.process().await?;
    for _ in 0..2 {
        caller.send(request(service, "marker")).await?;
    }
    let [first, second] = inboxes;
    for _ in 0..2 {
        let message = tokio::select! {
            message = first.take() => message?,
            message = second.take() => message?,
        };
        if text(&message) != "marker" {
            return Err(Stop::failed(format!("{} arrived once more", text(&message))));
        }
    }
    Ok(())
}
