//! What a store promises, asked of SQLite and of PostgreSQL alike.
//!
//! PostgreSQL runs when `GATEHOUSE_TEST_POSTGRES` holds a URL whose user may create schemas.
#![allow(clippy::unwrap_used, reason = "a test")]

mod auditing;
mod deciding;
mod harness;
mod migrating;
mod outbox;
mod pages;
mod recording;
mod selecting;
mod sessions;
mod workers;

/// Makes two tests of each promise, one a database.
macro_rules! promises {
    ($($module:ident :: $promise:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                crate::harness::on_sqlite(crate::$module::$promise).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                crate::harness::on_postgres(crate::$module::$promise).await;
            })+
        }
    };
}

promises! {
    recording::an_empty_database_is_migrated_once_and_then_ready,
    recording::a_doubled_event_gives_one_verdict,
    recording::two_recorders_at_once_give_one_verdict,
    recording::many_events_at_once_are_all_recorded,
    recording::every_accepted_upload_is_pending_until_it_is_judged,
    recording::an_event_id_used_twice_hides_no_file,
    recording::another_upload_of_a_judged_file_gets_an_answer,
    recording::hostile_text_is_recorded_whole,
    recording::a_clear_verdict_opens_no_case,
    recording::a_new_rulebook_joins_the_case,
    recording::a_worse_verdict_reopens_a_dismissed_case,
    recording::an_unread_verdict_gives_way_to_one_that_was_read,
    recording::a_file_that_was_never_read_and_is_bad_keeps_its_case,
    recording::who_could_not_read_a_file_takes_nothing_back,
    recording::a_decision_on_an_unread_file_stays,
    recording::an_attestation_may_come_first_and_twice,
    recording::what_comes_together_is_as_if_it_came_one_by_one,
    migrating::every_earlier_schema_becomes_ours_and_keeps_its_rows,
    migrating::the_first_program_works_on_our_schema,
    migrating::a_migration_that_waits_for_a_table_holds_up_nobody,
    migrating::a_later_schema_that_only_adds_is_worked_on,
    deciding::a_decision_closes_the_case_and_announces_it,
    deciding::a_stale_page_decides_nothing,
    deciding::two_moderators_at_once_give_one_decision,
    deciding::an_undo_in_time_takes_the_events_back_unsent,
    deciding::an_undo_too_late_supersedes,
    deciding::an_undo_restores_the_decision_before,
    deciding::what_cannot_be_decided_is_refused,
    deciding::a_decision_outlives_the_next_rulebook,
    pages::the_queue_is_ranked_and_paged,
    pages::the_queue_is_filtered,
    pages::a_case_shows_everything,
    pages::counts_are_of_today,
    pages::search_finds_names_and_digests,
    pages::a_file_has_one_state,
    pages::figures_count_what_happened,
    sessions::a_login_token_works_once,
    sessions::a_session_ends,
    sessions::secrets_are_not_in_the_database,
    auditing::the_chain_holds,
    auditing::rows_cannot_be_changed_by_sql,
    auditing::tampering_is_found,
    auditing::writers_at_once_keep_one_chain,
    outbox::a_claim_is_exclusive_and_ends,
    outbox::relays_at_once_share_the_work,
    outbox::what_was_sent_is_forgotten_in_time,
    selecting::a_file_is_judged_again_once_and_not_by_the_same_rules,
    selecting::files_are_selected_by_time_project_and_newest_outcome,
    workers::the_newest_sign_of_life_counts_in_whatever_order_they_come,
    workers::who_ended_is_not_shown_and_who_is_long_gone_is_forgotten,
    workers::a_clock_that_is_ahead_and_hostile_words_make_nobody_immortal,
}
