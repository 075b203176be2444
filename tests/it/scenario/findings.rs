//! What is said about a broken scenario, word for word.

use super::{tiny_file, tiny_with};
use firedrill::scenario::load;

fn check(edits: &[(&str, &str)], expected: &[&str]) {
    let findings: Vec<String> = tiny_with(edits).diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(findings, expected);
}

#[test]
fn a_whole_scenario_has_none() {
    check(&[], &[]);
}

macro_rules! finding {
    ($($name:ident: [$($old:literal => $new:literal),+] $($expected:literal),+;)*) => {
        $(#[test]
        fn $name() {
            check(&[$(($old, $new)),+], &[$($expected),+]);
        })*
    };
}

finding! {
    an_unknown_field: ["difficulty: 1" => "dificulty: 1"]
        "tiny/scenario.ron:9:5: there is no field `dificulty` of `Scenario`; expected `id`, `title`, `company`, `date`, `source`, `difficulty`, `length_minutes`, `starts_at`, `shift_starts_at`, `ends_at`, `impact_window`, `slo`, `workload`, `components`, `changes`, `draw`, `alerts`, `exports`, `teams`, `people`, `red_herrings`, `timeline`, `real_script`, `runbooks`, `grading` or `hints`; did you mean `difficulty`?";
    an_unknown_variant: ["between: Log" => "between: Logarithmic"]
        "tiny/scenario.ron:17:28: there is no variant `Logarithmic` of `Interpolation`; expected `Linear` or `Log`; did you mean `Log`?";
    a_missing_field: ["sql: \"SELECT name FROM products WHERE id = $1\", " => ""]
        "tiny/scenario.ron:31:13: the field `sql` of `Query` is missing";
    a_field_that_is_there_twice: ["difficulty: 1," => "difficulty: 1, difficulty: 2,"]
        "tiny/scenario.ron:9:20: the field `difficulty` of `Scenario` is there twice";
    a_clock_time_that_is_none: ["starts_at: \"09:00\"" => "starts_at: \"9 o'clock\""]
        "tiny/scenario.ron:11:17: \"9 o'clock\" is not a clock time; expected \"HH:MM\" or \"HH:MM:SS\"";
    a_length_of_time_without_a_unit: ["every: \"1m\"" => "every: \"60\""]
        "tiny/scenario.ron:33:41: \"60\" is not a length of time; expected a number and us, ms, s, m or h, as in \"250ms\"";
    a_value_of_another_type: ["pods: 2" => "pods: \"two\""]
        "tiny/scenario.ron:38:76: this cannot be read; expected integer";
    a_bracket_that_is_not_closed: ["impact_window: (\"09:10\", \"09:50\")" => "impact_window: (\"09:10\", \"09:50\""]
        "tiny/scenario.ron:15:5: this cannot be read; expected closing `)`";
    several_errors_of_the_reader_at_once: ["difficulty: 1" => "dificulty: 1", "method: GET" => "method: FETCH", "severity: Ticket" => "severity: Tickets"]
        "tiny/scenario.ron:9:5: there is no field `dificulty` of `Scenario`; expected `id`, `title`, `company`, `date`, `source`, `difficulty`, `length_minutes`, `starts_at`, `shift_starts_at`, `ends_at`, `impact_window`, `slo`, `workload`, `components`, `changes`, `draw`, `alerts`, `exports`, `teams`, `people`, `red_herrings`, `timeline`, `real_script`, `runbooks`, `grading` or `hints`; did you mean `difficulty`?", "tiny/scenario.ron:27:36: there is no variant `FETCH` of `Method`; expected `GET` or `POST`", "tiny/scenario.ron:91:34: there is no variant `Tickets` of `Severity`; expected `Page` or `Ticket`; did you mean `Ticket`?";
    an_id_that_is_not_the_folders: ["id: \"tiny\"" => "id: \"tinny\""]
        "tiny/scenario.ron:4:9: the id `tinny` is not the folder's name; expected `tiny`";
    a_date_that_is_not_in_the_calendar: ["2024-02-29" => "2023-02-29"]
        "tiny/scenario.ron:7:11: \"2023-02-29\" is not a date; expected \"YYYY-MM-DD\"";
    a_difficulty_off_the_scale: ["difficulty: 1" => "difficulty: 9"]
        "tiny/scenario.ron:9:17: a difficulty of 9 is not on the scale; expected 1 to 5";
    a_runbook_without_its_file: ["(id: \"slow\", title" => "(id: \"slowly\", title"]
        "tiny/scenario.ron:90:119: there is no runbook `slow`; expected `slowly`; did you mean `slowly`?", "tiny/scenario.ron:124:21: there is no file `runbooks/slowly.md` beside scenario.ron";
    a_name_that_is_there_twice: ["id: \"CHG-2\"" => "id: \"CHG-1\""]
        "tiny/scenario.ron:75:17: `CHG-1` is there twice in `changes`";
    a_shift_that_starts_before_the_simulation: ["shift_starts_at: \"09:05\"" => "shift_starts_at: \"08:05\""]
        "tiny/scenario.ron:12:22: `shift_starts_at` (08:05:00) is not after `starts_at` (09:00:00)";
    a_time_outside_the_scenario: ["on: At(\"09:20\")" => "on: At(\"19:20\")"]
        "tiny/scenario.ron:101:25: 19:20:00 is outside the scenario; expected 09:00:00 to 10:00:00";
    a_traffic_curve_out_of_order: ["(\"09:30\", 2)" => "(\"08:30\", 2)"]
        "tiny/scenario.ron:17:56: the point at 08:30:00 is not after the one before it";
    a_rate_of_zero_on_a_logarithmic_curve: ["(\"09:30\", 2)" => "(\"09:30\", 0)"]
        "tiny/scenario.ron:17:66: 0 visitors a second cannot be; expected more than zero, as `between` is `Log`";
    a_share_above_one: ["reload: 0.5" => "reload: 5"]
        "tiny/scenario.ron:19:47: `reload` is 5, which is no share; expected 0 to 1";
    a_page_that_asks_for_an_unknown_endpoint: ["requests: [\"home\"]" => "requests: [\"hme\"]"]
        "tiny/scenario.ron:23:49: there is no endpoint `hme`; expected `home` or `buy`; did you mean `home`?";
    a_page_that_leads_nowhere: ["(\"buy\", 0.2)" => "(\"by\", 0.2)"]
        "tiny/scenario.ron:23:89: there is no page `by`; expected `home` or `buy`; did you mean `buy`?";
    a_page_flow_that_sums_above_one: ["[(\"buy\", 0.2)]" => "[(\"buy\", 0.7), (\"home\", 0.6)]"]
        "tiny/scenario.ron:23:87: what comes after `home` sums to 1.300, more than 1";
    a_shop_nobody_can_enter: ["entry: 1," => ""]
        "tiny/scenario.ron:22:16: no page has an `entry` weight: nobody can arrive";
    a_step_with_an_unknown_query: ["Sometimes(0.5, [Query(\"product\")])" => "Sometimes(0.5, [Query(\"produkt\")])"]
        "tiny/scenario.ron:28:85: there is no query `produkt`; expected `product`; did you mean `product`?";
    a_step_with_an_unknown_key_space: ["space: \"product\"" => "space: \"products\""]
        "tiny/scenario.ron:27:84: there is no key space `products`; expected `product`; did you mean `product`?";
    a_step_with_an_unknown_service: ["External(\"payments\")" => "External(\"payment\")"]
        "tiny/scenario.ron:28:108: there is no external `payment`; expected `payments`; did you mean `payments`?";
    a_query_with_an_unknown_pool: ["pool: \"shop\"" => "pool: \"shop-rw\""]
        "tiny/scenario.ron:31:37: there is no pool `shop-rw`; expected `shop`; did you mean `shop`?";
    a_query_without_an_example: ["examples: [\"1\"]" => "examples: []"]
        "tiny/scenario.ron:31:103: `product` has 1 parameters and 0 examples";
    a_pool_without_a_database: ["database: \"pg-1\"" => "database: \"pg1\""]
        "tiny/scenario.ron:49:42: there is no database `pg1`; expected `pg-1`; did you mean `pg-1`?";
    a_stack_without_a_primary: ["role: Primary" => "role: Replica"]
        "tiny/scenario.ron:52:20: 0 databases are primaries; expected exactly one";
    pools_larger_than_the_server: ["size: 10" => "size: 18"]
        "tiny/scenario.ron:55:68: the pools of `pg-1` want 18 connections of 17";
    a_migration_without_a_way_back: ["down: \"COMMENT ON TABLE products IS NULL;\"" => "down: \"\""]
        "tiny/scenario.ron:78:23: the migration has no way back";
    a_statement_that_is_not_ended: ["IS 'goods';" => "IS 'goods'"]
        "tiny/scenario.ron:77:25: the last statement is not ended; expected `;`";
    a_contract_phase_before_the_change: ["contract_at: \"09:08\",\n                down: \"CREATE" => "contract_at: \"09:03\",\n                down: \"CREATE"]
        "tiny/scenario.ron:66:30: the contract phase (09:03:00) is before the change (09:04:00)";
    an_unknown_mechanism: ["mechanism: \"index-dropped\"" => "mechanism: \"index-droped\""]
        "tiny/scenario.ron:70:76: there is no mechanism `index-droped`; expected `index-dropped`, `wrong-column-order`, `predicate-mismatch`, `invalid-index`, `expression-mismatch`, `opclass-mismatch`, `collation-mismatch`, `sort-order-mismatch`, `wrong-access-method`, `type-mismatch`, `over-indexing`, `index-bloat`, `stale-statistics`, `planner-setting`, `lock-contention`, `long-transaction`, `connection-exhaustion`, `disk-saturation`, `disk-full`, `replication-lag`, `vacuum-backlog`, `slow-deploy`, `bad-configuration`, `resource-starvation`, `traffic-surge`, `retry-storm`, `cache-failure`, `node-failure`, `network-fault`, `provider-outage`, `expired-certificate` or `background-job`; did you mean `index-dropped`?";
    an_unknown_component: ["component: \"pg-1\"" => "component: \"postgres\""]
        "tiny/scenario.ron:70:28: there is no component `postgres`; expected `lb`, `web`, `redis`, `pgbouncer`, `pg-1` or `payments`";
    harm_to_an_unknown_query: ["queries: [\"product\"]" => "queries: [\"products\"]"]
        "tiny/scenario.ron:70:103: there is no query `products`; expected `product`; did you mean `product`?";
    a_draw_of_more_than_there_is: ["harmful: (1, 1)" => "harmful: (1, 2)"]
        "tiny/scenario.ron:88:25: 2 harmful changes cannot always be drawn from 1 that go together";
    an_exclusion_of_an_unknown_change: ["harmless: (0, 1)" => "harmless: (0, 1), at_most_one_of: [[\"CHG-1\", \"CHG-11\"]]"]
        "tiny/scenario.ron:88:74: there is no change `CHG-11`; expected `CHG-1`, `CHG-2` or `CHG-3`; did you mean `CHG-1`?";
    a_required_group_with_an_unknown_change: ["harmless: (0, 1)" => "harmless: (0, 1), at_least_one_of: [[\"CHG-11\"]]"]
        "tiny/scenario.ron:88:66: there is no change `CHG-11`; expected `CHG-1`, `CHG-2` or `CHG-3`; did you mean `CHG-1`?";
    a_draw_too_small_for_its_groups: ["harmless: (0, 1)" => "harmless: (0, 1), at_least_one_of: [[\"CHG-1\"], [\"CHG-1\"]]"]
        "tiny/scenario.ron:88:22: a draw of 1 harmful changes cannot have one of each of 2 groups; expected 2 or more";
    an_alert_on_an_unknown_export: ["Export(\"disk\")" => "Export(\"disc\")"]
        "tiny/scenario.ron:91:61: there is no export `disc`; expected `disk`; did you mean `disk`?";
    an_alert_with_an_unknown_runbook: ["runbook: \"slow\"" => "runbook: \"fast\""]
        "tiny/scenario.ron:90:119: there is no runbook `fast`; expected `slow`";
    a_team_without_its_person: ["on_call: \"ann\"" => "on_call: \"anne\""]
        "tiny/scenario.ron:94:58: there is no person `anne`; expected `ann`; did you mean `ann`?";
    a_trigger_on_an_unknown_alert: ["AlertFired(\"Slow\")" => "AlertFired(\"Slower\")"]
        "tiny/scenario.ron:99:33: there is no alert `Slower`; expected `Slow` or `Disk`; did you mean `Slow`?";
    a_trigger_on_an_unknown_team: ["Paged(\"database\")" => "Paged(\"databases\")"]
        "tiny/scenario.ron:100:28: there is no team `databases`; expected `database`; did you mean `database`?";
    a_herring_that_is_not_in_every_variant: ["Change(\"CHG-3\")" => "Change(\"CHG-2\")"]
        "tiny/scenario.ron:106:62: the change `CHG-2` is not in every variant; expected the role `Always`";
    a_herring_on_an_unknown_page: ["page: \"home\"" => "page: \"hom\""]
        "tiny/scenario.ron:108:118: there is no page `hom`; expected `home` or `buy`; did you mean `home`?";
    a_noisy_pod_that_is_not_there: ["NoisyPod(pod: 1" => "NoisyPod(pod: 2"]
        "tiny/scenario.ron:109:61: there is no pod 2; expected 0 to 1";
    a_timeline_out_of_order: ["(at: \"09:45\", provenance" => "(at: \"09:25\", provenance"]
        "tiny/scenario.ron:114:14: 09:25:00 is before the entry above it";
    a_stamp_with_a_source_in_a_made_up_timeline: ["provenance: Unattributed, note" => "provenance: MadeUp, note"]
        "tiny/scenario.ron:112:35: the source is `MadeUp`, so every entry is", "tiny/scenario.ron:113:35: the source is `MadeUp`, so every entry is", "tiny/scenario.ron:114:35: the source is `MadeUp`, so every entry is", "tiny/scenario.ron:115:35: the source is `MadeUp`, so every entry is";
    an_entry_made_up_in_a_real_timeline: ["(at: \"09:45\", provenance: Partial" => "(at: \"09:45\", provenance: MadeUp"]
        "tiny/scenario.ron:114:35: `MadeUp` is for a source that is made up as a whole; what an author fills in is `Unattributed`";
    a_timeline_without_an_end: [", milestone: Resolved" => ""]
        "tiny/scenario.ron:111:15: no entry has the milestone `resolved`";
    a_script_with_an_unknown_change: ["rollback {wrong}" => "rollback CHG-9"]
        "tiny/scenario.ron:119:38: there is no change `CHG-9`; expected `CHG-1`, `CHG-2` or `CHG-3`; did you mean `CHG-1`?";
    a_script_with_an_unknown_placeholder: ["rollback {wrong}" => "rollback {worng}"]
        "tiny/scenario.ron:119:38: there is no placeholder `worng`; expected `wrong`, `harmful`, `harmful.0`, `component`, `object` or `mechanism`; did you mean `wrong`?";
    weights_that_do_not_sum: ["diagnosis: 40" => "diagnosis: 41"]
        "tiny/scenario.ron:125:14: the parts of the grade sum to 101; expected 100";
    a_hint_with_an_unknown_placeholder: ["{harmful.0}" => "{harm}"]
        "tiny/scenario.ron:129:36: there is no placeholder `harm`; expected `wrong`, `harmful` or `harmful.0`; did you mean `harmful`?";
    words_with_an_unknown_placeholder: ["{affected_pct}" => "{affected}"]
        "tiny/scenario.ron:99:67: there is no placeholder `affected`; expected `affected_pct`, `lost_revenue` or `clock`; did you mean `affected_pct`?";
    two_findings_in_one_file: ["pool: \"shop\"" => "pool: \"shp\"", "on_call: \"ann\"" => "on_call: \"an\""]
        "tiny/scenario.ron:31:37: there is no pool `shp`; expected `shop`; did you mean `shop`?", "tiny/scenario.ron:94:58: there is no person `an`; expected `ann`; did you mean `ann`?";
}

#[test]
fn a_folder_without_a_scenario() {
    let loaded = load("some/where", |_| None);
    assert!(loaded.scenario.is_none());
    let findings: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(findings, ["some/where/scenario.ron:1:1: there is no such file"]);
}

#[test]
fn a_folder_without_the_schema() {
    let loaded = load("tiny", |name| tiny_file(name).filter(|_| name != "schema.sql"));
    let findings: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(findings, ["tiny/scenario.ron:3:1: there is no file `schema.sql` beside scenario.ron"]);
}
