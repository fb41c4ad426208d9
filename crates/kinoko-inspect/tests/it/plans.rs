//! Orders of deployment, as files: `tests/plans/*.json`. Each that is found is run through, state by state, and each
//! that is not is looked for in every order there is.

use std::{fs, path::Path};

use kinoko_inspect::deploy::{self, Several, Step};
use kinoko_manifest::ServiceManifest;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    about: String,
    deployed: Vec<Value>,
    new: Vec<Value>,
    /// The services in the order that is found; where there is none, `expand` has those that need a version in
    /// between, and `between` one such version that was written for it.
    order: Option<Vec<String>>,
    expand: Option<Vec<String>>,
    between: Option<Vec<Value>>,
}

fn manifests(values: &[Value]) -> Vec<ServiceManifest> {
    values.iter().map(|it| ServiceManifest::from_value(it.clone()).unwrap()).collect()
}

/// Whether versions can be deployed one by one in that order, and everything understands each other at each moment.
fn goes(deployed: &[ServiceManifest], order: &[&ServiceManifest]) -> bool {
    let mut running = deployed.to_vec();
    for next in order {
        // Beside its old versions first, then alone.
        let verdict = deploy::can_deploy(std::slice::from_ref(*next), &running, Several::Apart);
        if !verdict.can_deploy {
            return false;
        }
        running.retain(|it| it.name != next.name);
        running.push((*next).clone());
        let alone = running.iter().all(|it| {
            deploy::can_deploy(std::slice::from_ref(it), &running, Several::Apart).can_deploy
        });
        if !alone {
            return false;
        }
    }
    true
}

/// All orders of some things.
fn orders<'a>(of: &[&'a ServiceManifest]) -> Vec<Vec<&'a ServiceManifest>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..of.len() {
        let mut others = of.to_vec();
        let first = others.remove(at);
        all.extend(orders(&others).into_iter().map(|mut rest| {
            rest.insert(0, first);
            rest
        }));
    }
    all
}

#[test]
fn each_scenario_has_the_order_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let mut files: Vec<_> = fs::read_dir(root).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let (mut found, mut impossible) = (0, 0);
    for file in &files {
        let name = file.file_stem().unwrap().display().to_string();
        let scenario: Scenario = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        assert!(!scenario.about.is_empty());
        let (deployed, new) = (manifests(&scenario.deployed), manifests(&scenario.new));
        let plan = deploy::plan(&new, &deployed);
        let all: Vec<&ServiceManifest> = new.iter().collect();
        let by_name = |it: &String| all.iter().copied().find(|new| new.name == *it).unwrap();
        // What can be found out by trying everything, where that can be done.
        let possible = (all.len() <= 4).then(|| orders(&all).iter().any(|it| goes(&deployed, it)));
        if let Some(order) = &scenario.order {
            found += 1;
            let steps: Vec<String> = plan.steps.iter().map(service).collect();
            assert_eq!((plan.works(), &steps), (true, order), "{name}: {plan:#?}");
            let steps: Vec<&ServiceManifest> = steps.iter().map(by_name).collect();
            assert!(goes(&deployed, &steps), "{name}: the order does not hold");
            assert_ne!(possible, Some(false), "{name}");
            continue;
        }
        impossible += 1;
        assert_eq!((plan.works(), possible), (false, Some(false)), "{name}: {plan:#?}");
        let expands: Vec<String> =
            plan.steps.iter().filter(|it| matches!(it, Step::Expand { .. })).map(service).collect();
        assert_eq!(Some(&expands), scenario.expand.as_ref(), "{name}: {:#?}", plan.steps);
        for step in &plan.steps {
            if let Step::Expand { service, to } = step {
                assert!(!to.is_empty(), "{name}: {service} is not told what to do");
            }
        }
        // A version in between that was written for it makes an order.
        let between = manifests(scenario.between.as_deref().unwrap());
        let mut versions: Vec<&ServiceManifest> = between.iter().collect();
        versions.extend(&all);
        let works = orders(&versions).iter().any(|it| goes(&deployed, it));
        assert!(works, "{name}: the version in between does not help");
    }
    assert!(found >= 18 && impossible >= 2, "{found} and {impossible}");
    println!("{found} orders, {impossible} without one");
}

fn service(step: &Step) -> String {
    match step {
        Step::Deploy { deploy, .. } => deploy.service.clone(),
        Step::Expand { service, .. } => service.clone(),
    }
}
