//! Facts about the bastion host and who is logged in: `whoami`, `id`, `hostname`, `pwd` and their like.

use crate::console::Context;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// `whoami`'s row.
pub(crate) const WHOAMI: Tool = Tool {
    name: "whoami",
    aliases: &["id", "logname"],
    group: Group::Shell,
    usage: "whoami\nid [-ugGn]",
    summary: "tell who you are",
    manual: "Tells the user name of the on-call role; id its numbers and groups too.",
    flags: ID_FLAGS,
    complete: nothing,
    run: Handler::Tool(whoami),
};

/// `hostname`'s row.
pub(crate) const HOSTNAME: Tool = Tool {
    name: "hostname",
    aliases: &["hostnamectl"],
    group: Group::Shell,
    usage: "hostname [-fIs]",
    summary: "tell the name of this host",
    manual: "Tells the name of the host that this shell runs on: the bastion, or where ssh went.",
    flags: HOSTNAME_FLAGS,
    complete: nothing,
    run: Handler::Tool(hostname),
};

/// `pwd`'s row.
pub(crate) const PWD: Tool = Tool {
    name: "pwd",
    aliases: &[],
    group: Group::Shell,
    usage: "pwd",
    summary: "tell the scratch directory's name",
    manual: "Tells the name of the scratch directory, the only one there is.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|_, _, _| Output::text("/home/oncall\n").into()),
};

/// `groups`' row.
pub(crate) const GROUPS: Tool = Tool {
    name: "groups",
    aliases: &[],
    group: Group::Shell,
    usage: "groups",
    summary: "tell which groups you are in",
    manual: "Tells the groups of the on-call role.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|_, _, _| Output::text("oncall adm\n").into()),
};

/// `cd`'s row.
pub(crate) const CD: Tool = Tool {
    name: "cd",
    aliases: &["pushd", "popd", "umask", "ulimit", "stty", "tput", "sync"],
    group: Group::Shell,
    usage: "cd [DIRECTORY]",
    summary: "change the directory, of which there is one",
    manual: "Goes to the scratch directory, the only one there is. umask, ulimit, stty and tput change nothing here.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(cd),
};

/// `sudo`'s row.
pub(crate) const SUDO: Tool = Tool {
    name: "sudo",
    aliases: &["su", "doas"],
    group: Group::Shell,
    usage: "sudo COMMAND…",
    summary: "run a command as root, which you may not",
    manual: "The on-call role has no root anywhere: it has what it needs already. Run COMMAND without sudo.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(sudo),
};

/// `tty`'s row.
pub(crate) const TTY: Tool = Tool {
    name: "tty",
    aliases: &[],
    group: Group::Shell,
    usage: "tty",
    summary: "tell the terminal's name",
    manual: "Tells the name of the terminal.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|_, _, _| Output::text("/dev/pts/0\n").into()),
};

const ID_FLAGS: &[Flag] = &[
    flag('u', "user", "", "the user's number"),
    flag('g', "group", "", "the group's number"),
    flag('G', "groups", "", "the numbers of all groups"),
    flag('n', "name", "", "names instead of numbers"),
];
const HOSTNAME_FLAGS: &[Flag] = &[
    flag('f', "fqdn", "", "with the domain"),
    flag('s', "short", "", "without the domain"),
    flag('I', "all-ip-addresses", "", "the address"),
    flag('i', "ip-address", "", "the address"),
];

fn whoami(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    if call.name != "id" {
        return Output::text("oncall\n").into();
    }
    let parsed = match crate::console::filters::options(call, ID_FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output.into(),
    };
    let names = parsed.has('n');
    Output::text(match () {
        () if parsed.has('u') || parsed.has('g') => {
            if names {
                "oncall\n"
            } else {
                "1000\n"
            }
        }
        () if parsed.has('G') => {
            if names {
                "oncall adm\n"
            } else {
                "1000 4\n"
            }
        }
        () => "uid=1000(oncall) gid=1000(oncall) groups=1000(oncall),4(adm)\n",
    })
    .into()
}

fn hostname(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let parsed = match crate::console::filters::options(call, HOSTNAME_FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output.into(),
    };
    let name = session.host.as_deref().unwrap_or("bastion");
    let address = context.world.addresses().into_iter().find(|view| view.name == name);
    Output::text(match (address, parsed.has('I') || parsed.has('i'), parsed.has('f')) {
        (Some(view), true, _) => format!("{}\n", view.address),
        (_, _, true) => format!("{name}.internal\n"),
        _ => format!("{name}\n"),
    })
    .into()
}

fn cd(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    match call.arguments.first().map(String::as_str) {
        Some(place) if call.name == "cd" && !matches!(place, "~" | "." | "-" | "/home/oncall") => {
            Output::failure(format!("bash: cd: {place}: No such file or directory")).into()
        }
        _ => Output::default().into(),
    }
}

fn sudo(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    let command: Vec<&str> =
        call.arguments.iter().map(String::as_str).skip_while(|argument| argument.starts_with('-')).collect();
    let instead = match (call.name, command.as_slice()) {
        ("sudo" | "doas", [_, ..]) => {
            format!("\n(you have the on-call role's rights already: {})", command.join(" "))
        }
        _ => "\n(you have the on-call role's rights already)".to_owned(),
    };
    Output::failure(format!("oncall is not in the sudoers file.{instead}")).into()
}
