//! Programs that an engineer might type and that aren't on the bastion: `command not found`, and what serves instead.

use super::names;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Output};
use crate::console::text::nearest;

/// Programs, with what serves instead of them.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (
        &["vim", "vi", "nano", "emacs", "code", "ed"],
        "there are no files to edit here; note TEXT keeps notes, cat > FILE <<EOF writes a scratch file",
    ),
    (
        &["docker", "podman", "crictl", "nerdctl", "ctr"],
        "containers are run by Kubernetes: kubectl get pods, kubectl logs POD",
    ),
    (
        &["gh", "hub", "glab"],
        "what was deployed is in changes list, each diff in changes show CHG and git show CHG",
    ),
    (
        &["helm", "helmfile", "kustomize"],
        "the shop isn't deployed with it: kubectl rollout history deployment/web, changes list, rollback CHG",
    ),
    (&["argocd", "argo", "flux", "spinnaker"], "the release train is its own: changes list, rollback CHG"),
    (
        &["terraform", "tofu", "terragrunt", "ansible", "ansible-playbook", "pulumi", "packer"],
        "infrastructure isn't changed from here: changes list shows what was deployed, config set what can be set",
    ),
    (
        &["aws", "gcloud", "az", "eksctl", "doctl"],
        "the cloud account isn't open to the on-call role: machines are reached with ssh, pods with kubectl, metrics with promql",
    ),
    (
        &["k9s", "kubectx", "kubens", "oc", "k3s", "minikube"],
        "kubectl is here, with one context (prod) and one namespace; Tab completes",
    ),
    (&["stern", "kubetail", "lnav", "multitail"], "logs are read with logs SOURCE -f or kubectl logs -f POD"),
    (
        &["mysql", "sqlite3", "mongo", "mongosh", "clickhouse-client", "cqlsh"],
        "the shop's database is PostgreSQL: psql",
    ),
    (&["pgcli", "usql"], "psql is here, and completes tables, indexes and columns with Tab"),
    (
        &["pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup"],
        "customers' rows are out of reach; \\d TABLE in psql tells how a table is made",
    ),
    (
        &[
            "pg_ctl",
            "pg_ctlcluster",
            "initdb",
            "postgres",
            "pg_isready",
            "pgbench",
            "vacuumdb",
            "reindexdb",
            "createdb",
            "dropdb",
        ],
        "the server is looked after through psql: SELECT 1, VACUUM, REINDEX INDEX CONCURRENTLY, SELECT pg_reload_conf()",
    ),
    (
        &["patronictl", "repmgr", "pgpool"],
        "there is no failover from here: SELECT * FROM pg_stat_replication in psql tells of the replica",
    ),
    (
        &["python", "python3", "node", "perl", "ruby", "php", "go", "java", "irb"],
        "this shell has filters (awk, sed, jq, sort, …) and scripts (bash FILE), but no interpreters",
    ),
    (&["quit", "bye", ":q", ":wq"], "to leave the drill use the screen's own keys"),
    (
        &["ab", "wrk", "hey", "k6", "siege", "vegeta", "locust"],
        "the shop has load enough; time one request with curl -w '%{time_total}\\n'",
    ),
    (&["wget", "http", "https", "httpie", "lynx"], "curl is here"),
    (
        &["grafana-cli", "logcli", "amtool", "pd", "datadog", "dog"],
        "promql, logs, alerts, silence and page ask the same systems",
    ),
    (&["pg_stat_statements", "pg_stat_activity"], "that is a view: psql -c 'SELECT * FROM pg_stat_activity'"),
    (&["tmux", "screen", "byobu"], "commands go on in the background with &, and jobs lists them"),
    (
        &["apt", "apt-get", "yum", "dnf", "brew", "snap", "pip", "pip3", "npm"],
        "nothing can be installed on the bastion; help lists what there is",
    ),
    (
        &["scp", "rsync", "sftp", "ftp"],
        "nothing is copied from the machines; ssh HOST COMMAND > FILE writes a scratch file",
    ),
    (
        &["reboot", "shutdown", "halt", "poweroff", "init"],
        "machines aren't restarted from here: pods are (kubectl delete pod), sessions are ended (pg_terminate_backend)",
    ),
    (
        &["iptables", "nft", "ufw", "tc"],
        "the network is the cloud's; nc -zv HOST PORT tells what is let through",
    ),
    (
        &["slack", "zoom", "mail", "mutt"],
        "post MESSAGE writes to the incident channel, page TEAM calls somebody",
    ),
    (
        &["SELECT", "select", "EXPLAIN", "explain", "SHOW", "VACUUM", "ANALYZE", "ALTER", "CREATE", "DROP"],
        "that is SQL: psql -c '…', or psql alone for its prompt",
    ),
    (
        &[
            "chmod", "chown", "mkdir", "ln", "mv", "cp", "rmdir", "find", "stat", "file", "tar", "gzip",
            "zcat", "zgrep", "gunzip",
        ],
        "there is one scratch directory, flat: > FILE writes, cat FILE > OTHER copies, rm removes, ls lists",
    ),
    (&["bc", "dc", "expr"], "$((…)) calculates with whole numbers, awk 'BEGIN {print 10 / 3}' with others"),
    (&["diff", "cmp"], "comm and grep -vxFf - compare scratch files by line; git diff shows changes"),
    (&["yq", "xq", "gron", "dasel"], "jq is here: kubectl get … -o json | jq"),
    (
        &["fd", "ag", "ack-grep", "bat", "exa", "eza", "fzf", "delta"],
        "grep, cat and ls are here; Ctrl-R searches the history",
    ),
    (&["psql-locks", "pglocks"], "pg:locks and pg:blocking tell who waits for whom"),
    (
        &["newrelic", "sentry", "sentry-cli", "jaeger", "zipkin"],
        "traces lists requests that were slow or failed, traces ID draws one",
    ),
];

/// `command not found`, with what serves instead or the nearest name.
pub(super) fn not_found(call: &Call<'_>, session: &Session) -> Output {
    let name = call.name;
    let mut output = Output::failure_with(127, format!("{name}: command not found"));
    if let Some((_, instead)) = ELSEWHERE.iter().find(|(names, _)| names.contains(&name)) {
        output.err(format!("{instead}\n"));
        return output;
    }
    let known = names(session);
    let functions = session.functions.keys().map(String::as_str);
    if let Some(near) = nearest(name, known.iter().map(|(known, _)| known.as_str()).chain(functions)) {
        output.err(format!("did you mean: {near}\n"));
    }
    output
}
