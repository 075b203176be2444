# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_firedrill_global_optspecs
    string join \n h/help V/version
end

function __fish_firedrill_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_firedrill_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_firedrill_using_subcommand
    set -l cmd (__fish_firedrill_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c firedrill -n "__fish_firedrill_needs_command" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_needs_command" -s V -l version -d 'Print version'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "play" -d 'Go straight into a drill'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "list" -d 'List the scenarios'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "exec" -d 'Run a drill without a screen, from a script of console lines'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "simulate" -d 'Run a scripted responder to the end and grade it'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "validity" -d 'Let every scripted responder play many seeds, and check the order of their scores'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "plan" -d 'Show what the database model would plan, or compare it with a real PostgreSQL'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "check" -d 'Check scenario files'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "debrief" -d 'Grade and explain a finished drill'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "compare" -d 'Lay two drills of one scenario side by side'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "replay" -d 'Watch a drill again'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "history" -d 'Show past drills and progress'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "completions" -d 'Print shell completions'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "man" -d 'Print the manual page'
complete -c firedrill -n "__fish_firedrill_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c firedrill -n "__fish_firedrill_using_subcommand play" -l seed -d 'The seed that draws what is broken, 0 to 2^64-1; without it, a fresh one' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand play" -l speed -d 'Simulated seconds per second, 1 to 60; practice mode only' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand play" -l mode -d 'How strict the drill is' -r -f -a "practice\t'Pause, speed and hints are allowed'
exam\t'The clock runs at one second a second and does not stop'"
complete -c firedrill -n "__fish_firedrill_using_subcommand play" -l resume -d 'Go on with the drill that was interrupted last'
complete -c firedrill -n "__fish_firedrill_using_subcommand play" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c firedrill -n "__fish_firedrill_using_subcommand list" -l json -d 'Print one JSON document'
complete -c firedrill -n "__fish_firedrill_using_subcommand list" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_using_subcommand exec" -l seed -d 'The seed that draws what is broken' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand exec" -l script -d 'Lines of `HH:MM:SS command`, `+90s command` or a bare command; `-` is standard input' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand exec" -l journal -d 'Also write the drill\'s journal here' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand exec" -l json -d 'Print one JSON document'
complete -c firedrill -n "__fish_firedrill_using_subcommand exec" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l seed -d 'The seed that draws what is broken' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l seeds -d 'Every seed from A to B, both included, on all cores: one row or one entry of `runs` for each' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l responder -d 'none, real, ideal, methodical, rollback-all, random, or a file of console lines' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l csv -d 'Write the rows a simulated minute as CSV' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l journal -d 'Also write the drill\'s journal here' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l scale -d 'One visitor in K against one K-th of the capacity: quicker. Counts are a K-th, ratios stay, percentiles do not' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l json -d 'Print one JSON document'
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l series -d 'Add one row a simulated minute to the JSON'
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l no-counterfactuals -d 'Grade without the counterfactual runs: quicker; the impact part is then left out'
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -l full -d 'Also run the drill without each of its actions, and grade them by what they were worth'
complete -c firedrill -n "__fish_firedrill_using_subcommand simulate" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_using_subcommand validity" -l seeds -d 'The seeds to play, the first and the last' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand validity" -l jobs -d 'Seeds played at one time; without it, one on each core' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand validity" -l format -d 'How the tables are written; JSON has every drill too' -r -f -a "text\t'For a terminal'
md\t'Markdown'
html\t'One self-contained page'
json\t'One document'"
complete -c firedrill -n "__fish_firedrill_using_subcommand validity" -l weigh -d 'Weigh each action by a run without it, as a drill\'s own debrief does: several times the work'
complete -c firedrill -n "__fish_firedrill_using_subcommand validity" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -l schema -d 'A schema as `pg_dump --schema-only` writes it' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -l statistics -d 'Statistics as `pg_dump --statistics-only` writes them' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -l ddl -d 'DDL to apply first' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -l set -d 'A planner setting, `random_page_cost=1.1`, over the server\'s own' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -l at -d 'What now() gives, such as "2024-06-04 15:00", in UTC; without it, the scenario\'s start, or the time it is' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -l sql -d 'Statements to plan; `-` is standard input' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -l format -d 'How the plans are written' -r -f -a "text\t'As psql shows it'
json\t'As `EXPLAIN (FORMAT JSON)`'"
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -l grade -d 'Compare with what a real PostgreSQL planned, recorded in this folder' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -l json -d 'Print one JSON document'
complete -c firedrill -n "__fish_firedrill_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c firedrill -n "__fish_firedrill_using_subcommand check" -l json -d 'Print one JSON document'
complete -c firedrill -n "__fish_firedrill_using_subcommand check" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_using_subcommand debrief" -l scenario -d 'The folder of the drill\'s scenario, where it is not built in' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand debrief" -l format -d 'How the report is written' -r -f -a "text\t'For a terminal'
md\t'Markdown'
html\t'One self-contained page'
json\t'One document'"
complete -c firedrill -n "__fish_firedrill_using_subcommand debrief" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c firedrill -n "__fish_firedrill_using_subcommand compare" -l scenario -d 'The folder of the drills\' scenario, where it is not built in' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand compare" -l json -d 'Print one JSON document'
complete -c firedrill -n "__fish_firedrill_using_subcommand compare" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_using_subcommand replay" -l scenario -d 'The folder of the drill\'s scenario, where it is not built in' -r -F
complete -c firedrill -n "__fish_firedrill_using_subcommand replay" -l speed -d 'Simulated seconds per second, 1 to 60' -r
complete -c firedrill -n "__fish_firedrill_using_subcommand replay" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_using_subcommand history" -l json -d 'Print one JSON document'
complete -c firedrill -n "__fish_firedrill_using_subcommand history" -l csv -d 'Print comma-separated values, a line a drill'
complete -c firedrill -n "__fish_firedrill_using_subcommand history" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_using_subcommand completions" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_using_subcommand man" -s h -l help -d 'Print help'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "play" -d 'Go straight into a drill'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "list" -d 'List the scenarios'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "exec" -d 'Run a drill without a screen, from a script of console lines'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "simulate" -d 'Run a scripted responder to the end and grade it'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "validity" -d 'Let every scripted responder play many seeds, and check the order of their scores'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "plan" -d 'Show what the database model would plan, or compare it with a real PostgreSQL'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "check" -d 'Check scenario files'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "debrief" -d 'Grade and explain a finished drill'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "compare" -d 'Lay two drills of one scenario side by side'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "replay" -d 'Watch a drill again'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "history" -d 'Show past drills and progress'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "completions" -d 'Print shell completions'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "man" -d 'Print the manual page'
complete -c firedrill -n "__fish_firedrill_using_subcommand help; and not __fish_seen_subcommand_from play list exec simulate validity plan check debrief compare replay history completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
