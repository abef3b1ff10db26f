#!/bin/sh
# Sends each call to a group of DingTalk (钉钉) by its robot.
#
#   hooks:
#     dingtalk:
#       exec: ["/etc/ganglion/hooks/dingtalk.sh", "/etc/ganglion/dingtalk.curl", "http://gateway.plant.example:8080"]
#       rate: 20
#
# dingtalk.curl is a configuration of curl, readable for the gateway's user alone, since the address is the secret:
#
#   url = "https://oapi.dingtalk.com/robot/send?access_token=…"
#
# The robot's security setting is the keyword "Ganglion", which stands in each message, or the addresses that may call;
# signatures are not made here. The second argument is where people reach the gateway; without it no link is shown. A
# robot takes 20 messages a minute, which the hook's `rate` keeps. Exits with 75 where the service is not there, or
# wants fewer messages.
set -eu

if [ $# -lt 1 ]; then
  echo "usage: dingtalk.sh CURL-CONFIGURATION [ADDRESS]" >&2
  exit 64
fi
curl_file=$1 address=${2:-}

more=""
if [ "$GANGLION_ALERTS" -gt 1 ]; then more=" (+$((GANGLION_ALERTS - 1)))"; fi
link=""
if [ -n "$address" ]; then link="[$GANGLION_ALERT_ID]($address/api/v1/alerts/$GANGLION_ALERT_ID)"; fi

# Two line ends make a new line in its markdown.
text=$(printf '### %s%s\n\n%s, %s\n\n%s %s, %s\n\nGanglion %s %s' \
  "$GANGLION_TITLE_ZH" "$more" "$GANGLION_STATE" "$GANGLION_SEVERITY" \
  "$GANGLION_VALUE" "$GANGLION_UNIT" "$GANGLION_AT" "$GANGLION_GATEWAY" "$link")

# A text as JSON has it: quotes and backslashes escaped, line ends as \n, no other control characters.
json_text() {
  printf '%s' "$1" | tr '\000-\011\013-\037' ' ' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e '$!s/$/\\n/' | tr -d '\n'
}

status=0
answer=$(printf '{"msgtype":"markdown","markdown":{"title":"%s","text":"%s"}}' \
  "$(json_text "Ganglion: $GANGLION_TITLE_ZH")" "$(json_text "$text")" \
  | curl --disable --silent --show-error --max-time 8 --config "$curl_file" \
    --header 'Content-Type: application/json' --data-binary @- --write-out '\n%{http_code}') || status=$?
case $status in
  0) ;;
  # No address, no connection, no answer in time, cut off.
  5 | 6 | 7 | 28 | 35 | 52 | 55 | 56) exit 75 ;;
  *) exit 1 ;;
esac
code=$(printf '%s\n' "$answer" | tail -n 1)
printf '%s\n' "$answer"

case "$code" in
  2??) ;;
  429 | 5??) exit 75 ;;
  *) exit 1 ;;
esac
# The service answers 200 in any case; its own number says what came of it. -1: busy; 130101, 410100: too many.
case $(printf '%s' "$answer" | tr -d ' \n') in
  *'"errcode":0,'* | *'"errcode":0}'*) ;;
  *'"errcode":130101'* | *'"errcode":410100'* | *'"errcode":-1'*) exit 75 ;;
  *) exit 1 ;;
esac
