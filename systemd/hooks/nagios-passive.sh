#!/bin/sh
# Gives each call to Nagios (or Icinga, Naemon) as the result of a passive service check.
#
#   hooks:
#     nagios: { exec: ["/etc/ganglion/hooks/nagios-passive.sh", "/var/lib/nagios4/rw/nagios.cmd"] }
#
# The host there is the gateway's name, the service the rule and what it is about: `turbidity-high wtp-1`. The gateway's
# user must be allowed to write to the command file: SupplementaryGroups=nagios in the service.
#
# Of a call with a list only the worst alert is told: leave 'group' out of rules that call this hook. Exits with 75 while
# nobody reads the command file.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: nagios-passive.sh COMMAND-FILE" >&2
  exit 64
fi
commands=$1
if [ ! -p "$commands" ]; then
  echo "$commands is no pipe: Nagios does not run, or has it elsewhere" >&2
  exit 75
fi

case "$GANGLION_STATE/$GANGLION_SEVERITY" in
  resolved/* | withdrawn/*) code=0 ;;
  unknown/*) code=3 ;;
  firing/critical) code=2 ;;
  firing/info) code=0 ;;
  *) code=1 ;;
esac

# Semicolons and line ends part the words of a command.
plain() { printf '%s' "$1" | tr ';\000-\037' ',' ; }
service=$(plain "$GANGLION_RULE${GANGLION_DEVICE:+ $GANGLION_DEVICE}")
text=$(plain "$GANGLION_TITLE: $GANGLION_VALUE $GANGLION_UNIT, at $GANGLION_AT, alert $GANGLION_ALERT_ID")
line="[$(date +%s)] PROCESS_SERVICE_CHECK_RESULT;$(plain "$GANGLION_GATEWAY");$service;$code;$text"

# To open a pipe that nobody reads waits for ever.
timeout 3 sh -c 'printf "%s\n" "$1" > "$2"' sh "$line" "$commands" || exit 75
