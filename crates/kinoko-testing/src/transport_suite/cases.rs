//! The list of cases. What is added here is run, and is a test of every transport.

use kinoko_core::BoxFuture;

use super::case::{Case, Checked};

#[doc(hidden)]
#[macro_export]
macro_rules! __transport_cases {
    ($then:ident) => {
        $crate::$then! {
            delivery {
                a_request_arrives,
                who_waits_is_woken,
                both_guarantees_arrive,
                bodies_of_every_size,
                in_order,
                requests_wait_for_the_service,
                services_do_not_mix,
            }
            message {
                every_header_type,
                nested_headers,
                odd_headers,
                properties,
                absent_properties,
            }
            competing {
                each_request_goes_to_one,
                instances_take_turns,
                a_busy_instance_is_passed_over,
                the_rest_goes_to_who_stays,
            }
            settle {
                ack_forgets,
                reject_forgets,
                requeue_comes_again,
                drop_comes_again,
                given_back_comes_first,
                late_settlement_counts,
                late_requeue_counts,
            }
            prefetch {
                no_more_are_handed_out,
                settling_makes_room,
                it_is_each_subscriptions_own,
            }
            unroutable {
                nobody_ever,
                nobody_ever_fast,
                a_service_that_is_down,
                only_requests_need_someone,
                each_publish_has_its_own_answer,
            }
            events {
                every_service_gets_it,
                a_pool_shares,
                a_singleton_is_one_in_all,
                broadcast_reaches_everyone,
                sources_and_types_do_not_mix,
                reliable_ones_wait,
                unreliable_ones_do_not_wait,
                a_star_is_one_word,
                a_hash_is_any_words,
                a_handler_can_give_back,
            }
            replies {
                each_process_gets_its_own,
                they_keep_their_correlation_id,
                many_at_once,
                the_sent_arrive_unawaited,
                durable_ones_are_kept_until_settled,
            }
            cancels {
                every_instance_gets_them,
                services_do_not_mix,
            }
            expiry {
                the_late_are_dropped,
                the_others_are_not,
            }
            close {
                streams_end,
                it_takes_nothing_any_more,
                twice_is_fine,
                others_go_on,
                what_was_accepted_is_sent,
                what_was_unsettled_goes_back,
                what_was_not_handed_out_goes_back,
            }
            concurrency {
                each_publish_is_delivered_once,
                subscribing_and_leaving_loses_nothing,
            }
            faults {
                a_subscription_survives,
                replies_survive,
                the_unsettled_come_back,
                durable_requests_survive_a_restart,
            }
        }
    };
}

/// A case, to be run.
pub(super) struct Entry {
    /// Its topic and name: `delivery::in_order`.
    pub(super) name: &'static str,
    pub(super) run: fn(Case) -> BoxFuture<'static, Checked>,
}

#[doc(hidden)]
#[macro_export]
macro_rules! __transport_entries {
    ($($topic:ident { $($case:ident,)* })*) => {
        &[$($(
            Entry {
                name: concat!(stringify!($topic), "::", stringify!($case)),
                run: |case| Box::pin(super::$topic::$case(case)),
            },
        )*)*]
    };
}

/// Every case there is.
pub(super) const CASES: &[Entry] = crate::__transport_cases!(__transport_entries);
