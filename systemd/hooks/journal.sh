#!/bin/sh
# Writes each call into the system's journal: one line, with a priority that fits the severity.
#
#   hooks:
#     journal: { exec: ["/etc/ganglion/hooks/journal.sh"] }
#
# journalctl -t ganglion-alert shows them. Exits with 75 where the journal is not there.
set -eu

case "$GANGLION_STATE/$GANGLION_SEVERITY" in
  firing/critical | unknown/critical) priority=user.crit ;;
  firing/info | unknown/info) priority=user.notice ;;
  firing/* | unknown/*) priority=user.warning ;;
  *) priority=user.notice ;;
esac
more=""
if [ "$GANGLION_ALERTS" -gt 1 ]; then more=", and $((GANGLION_ALERTS - 1)) more"; fi

# A tag's value may have line ends, which would make several entries.
text=$(printf '%s' "$GANGLION_KIND: $GANGLION_STATE $GANGLION_SEVERITY: $GANGLION_TITLE$more" | tr '\000-\037' ' ')
logger --tag ganglion-alert --priority "$priority" --socket-errors=on -- \
  "$text (rule $GANGLION_RULE, value $GANGLION_VALUE $GANGLION_UNIT, at $GANGLION_AT, alert $GANGLION_ALERT_ID)" \
  || exit 75
