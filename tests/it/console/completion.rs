//! What Tab proposes: every kind of word that a command takes.

use super::corpus::opened;
use firedrill::drill::Input;

/// What may stand at the end of a line, best first.
fn proposals(lines: &[&str], line: &str) -> Vec<String> {
    let mut drill = opened();
    lines.iter().for_each(|line| drill.input(Input::Line((*line).to_owned())));
    drill.complete(line, line.len()).into_iter().map(|proposal| proposal.text).collect()
}

/// Holds that a line's proposals have the words, in this order.
fn check(line: &str, words: &[&str]) {
    let found = proposals(&[], line);
    let places: Vec<Option<usize>> =
        words.iter().map(|word| found.iter().position(|text| text == word)).collect();
    let in_order = places.iter().all(Option::is_some) && places.windows(2).all(|pair| pair[0] < pair[1]);
    assert!(in_order, "`{line}` proposes {found:?}, which has not {words:?} in this order");
}

#[test]
fn commands_are_proposed_by_their_beginning() {
    check("kub", &["kubectl"]);
    check("pg_a", &["pg_activity"]);
    check("git log | gr", &["grep"]);
    check("ssh pg-1 ps | aw", &["awk"]);
}

#[test]
fn flags_come_from_each_tools_table_those_without_effect_last() {
    check("grep -", &["-E", "--extended-regexp", "-i", "--ignore-case", "--color"]);
    check("kubectl get pods --", &["--namespace", "--output", "--selector", "--sort-by"]);
    check("dig -", &["-x", "-p"]);
    check("openssl s_client -", &["-connect", "-servername"]);
    check("redis-cli --", &["--bigkeys", "--latency"]);
    check("git log --", &["--oneline", "--stat", "--since", "--author"]);
    check("journalctl --", &["--unit", "--follow", "--no-pager"]);
    check("curl --", &["--verbose", "--head", "--write-out", "--compressed"]);
}

#[test]
fn objects_of_the_stack_are_proposed_where_they_may_stand() {
    let pods = proposals(&[], "kubectl logs web-");
    assert!(pods.len() >= 4 && pods.iter().all(|pod| pod.starts_with("web-")), "{pods:?}");
    check("kubectl get ", &["pods", "deployments", "nodes", "services"]);
    check("kubectl rollout undo ", &["deployment/web"]);
    check("changes show ", &["CHG-1", "CHG-3"]);
    check("git show CHG-", &["CHG-1"]);
    check("git blame mig", &["migrations/chg-1.sql"]);
    check("ssh pg-", &["pg-1", "pg-2"]);
    check("nc -zv pg-1 ", &["22", "5432"]);
    check("ask ", &["ann", "database"]);
    check("redis-cli info ", &["server", "memory", "keyspace"]);
}

#[test]
fn tables_indexes_and_columns_are_proposed_in_sql() {
    check("psql -c 'SELECT * FROM prod", &["products"]);
    let inside = |line| proposals(&["psql"], line);
    assert!(inside("SELECT na").contains(&"name".to_owned()), "{:?}", inside("SELECT na"));
    assert!(inside("\\d prod").contains(&"products".to_owned()), "{:?}", inside("\\d prod"));
}

#[test]
fn metrics_labels_and_their_values_are_proposed_in_a_query() {
    check("promql http_req", &["http_requests_total"]);
    check("promql 'rate(http_requests_total{stat", &["rate(http_requests_total{status=\"200\""]);
    check("promql 'sum by (end", &["(endpoint"]);
}
