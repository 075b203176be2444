//! PostgreSQL under load where nothing else runs: the server model against a server that has a core to itself, with the client on
//! another (`tests/oracle/load.py` measures it).

use std::fmt::Write as _;

use firedrill::kernel::Span;
use firedrill::postgres::server::ServerConfig;
use firedrill::postgres::work::Work;

use super::load::{METRICS, TOLERANCE, closed, mark, outside};
use super::server::shop;

/// The set-ups that were measured so, and what each is.
const SETUPS: [(&str, &str); 3] =
    [("good", "the right index"), ("wrong_order", "a backward walk"), ("none", "no index: a scan")];
const CLIENTS: [u32; 3] = [4, 16, 64];

/// One measured level of one round.
struct Level {
    kind: String,
    round: u32,
    setup: String,
    clients: u32,
    figures: [f64; 4],
    server_cpu_ms: f64,
}

fn measured() -> Vec<Level> {
    let rows = include_str!("../../data/load/undisturbed.tsv").lines().skip(1);
    rows.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| -> f64 { fields[at].parse().expect(fields[at]) };
        Level {
            kind: fields[0].to_owned(),
            round: number(1) as u32,
            setup: fields[2].to_owned(),
            clients: number(3) as u32,
            figures: [number(5), number(6), number(7), number(8)],
            server_cpu_ms: number(9),
        }
    })
    .collect()
}

/// The levels of one kind, set-up and number of clients: one a round, in the rounds' order.
fn rounds<'l>(
    levels: &'l [Level],
    kind: &'l str,
    setup: &'l str,
    clients: u32,
) -> impl Iterator<Item = &'l Level> {
    levels.iter().filter(move |l| l.kind == kind && l.setup == setup && l.clients == clients)
}

/// The lowest and the highest of the rounds' ratios to one client.
fn span(levels: &[Level], kind: &str, setup: &str, clients: u32, metric: usize) -> (f64, f64) {
    let pairs = rounds(levels, kind, setup, clients).zip(rounds(levels, kind, setup, 1));
    let ratios = pairs.map(|(level, single)| {
        assert_eq!(level.round, single.round, "the rounds are in one order");
        level.figures[metric] / single.figures[metric]
    });
    ratios.fold((f64::MAX, f64::MIN), |(low, high), ratio| (low.min(ratio), high.max(ratio)))
}

/// The model with what one client measured: the server's CPU a transaction on its one core, the rest of the time between two
/// transactions beside it.
fn modelled(levels: &[Level], setup: &str, clients: u32) -> [f64; 4] {
    let singles = || rounds(levels, "apart", setup, 1);
    let count = singles().count() as f64;
    let cpu_ms = singles().map(|single| single.server_cpu_ms).sum::<f64>() / count;
    let cycle_ms = singles().map(|single| 1e3 / single.figures[0]).sum::<f64>() / count;
    let mut server = shop(ServerConfig { cores: 1.0, ..ServerConfig::default() });
    let work = Work { cpu_ns: cpu_ms * 1e6, rows: 1.0, ..Work::default() };
    let query = server.register_work("transaction", work);
    closed((server, query), clients, Span::from_secs_f64((cycle_ms - cpu_ms).max(0.0) / 1e3))
}

/// A ratio to one client's figure, of three rounds and modelled.
struct Cell {
    setup: (&'static str, &'static str),
    clients: u32,
    metric: &'static str,
    real: (f64, f64),
    modelled: f64,
}

impl Cell {
    fn off(&self) -> f64 {
        outside(self.modelled, self.real)
    }
}

fn cells(levels: &[Level]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for setup in SETUPS {
        let base = modelled(levels, setup.0, 1);
        for clients in CLIENTS {
            let figures = modelled(levels, setup.0, clients);
            for (at, metric) in METRICS.into_iter().enumerate() {
                let real = span(levels, "apart", setup.0, clients, at);
                cells.push(Cell { setup, clients, metric, real, modelled: figures[at] / base[at] });
            }
        }
    }
    cells
}

/// What the 99th percentile of the look-up comes to relative to one client where server and client share both cores and
/// nothing else runs.
pub(super) fn tail(clients: u32) -> (f64, f64) {
    span(&measured(), "together", "good", clients, 3)
}

/// The part of `docs/validation.md`.
pub(super) fn section() -> String {
    let levels = measured();
    let cells = cells(&levels);
    let mut text = String::from(INTRODUCTION);
    text.push_str("| set-up | clients | figure | lowest | highest | modelled | off |\n| --- | ---: | --- | ---: | ---: | ---: | ---: |\n");
    for cell in &cells {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2} | {:.2} | {:.2} | {} |",
            cell.setup.1,
            cell.clients,
            cell.metric,
            cell.real.0,
            cell.real.1,
            cell.modelled,
            mark(cell.off())
        );
    }
    text
}

const INTRODUCTION: &str = "\
### Where nothing else runs

The same query on a machine where nothing else runs, with the server on a core of its own and pgbench on another: three rounds of
PostgreSQL 15.20 by `tests/oracle/load.py` (`tests/data/load/undisturbed.tsv`). The model has one core, the server's CPU time of one
client's transaction, and the rest of the time from one transaction to the next as a delay. All of it *relative to one client*:

";

#[test]
fn a_server_with_a_core_to_itself_shares_it_as_the_model_does() {
    let wrong: Vec<String> = cells(&measured())
        .iter()
        .filter(|cell| cell.off().abs() > TOLERANCE)
        .map(|cell| {
            format!(
                "{} {} {}: {:?} modelled {:.2}",
                cell.setup.0, cell.clients, cell.metric, cell.real, cell.modelled
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
