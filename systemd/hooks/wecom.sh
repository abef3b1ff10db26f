#!/bin/sh
# Sends each call to a group of WeCom (企业微信) by its robot.
#
#   hooks:
#     wecom:
#       exec: ["/etc/ganglion/hooks/wecom.sh", "/etc/ganglion/wecom.curl", "http://gateway.plant.example:8080"]
#       rate: 20
#
# wecom.curl is a configuration of curl, readable for the gateway's user alone, since the address is the secret:
#
#   url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…"
#
# The second argument is where people reach the gateway; without it no link is shown. A robot takes 20 messages a
# minute, which the hook's `rate` keeps. Exits with 75 where the service is not there, or wants fewer messages.
set -eu

if [ $# -lt 1 ]; then
  echo "usage: wecom.sh CURL-CONFIGURATION [ADDRESS]" >&2
  exit 64
fi
curl_file=$1 address=${2:-}

case "$GANGLION_STATE" in
  firing) colour=warning ;;
  resolved) colour=info ;;
  *) colour=comment ;;
esac
more=""
if [ "$GANGLION_ALERTS" -gt 1 ]; then more=" (+$((GANGLION_ALERTS - 1)))"; fi
link=""
if [ -n "$address" ]; then link="[$GANGLION_ALERT_ID]($address/api/v1/alerts/$GANGLION_ALERT_ID)"; fi

text=$(printf '<font color="%s">**%s**</font>%s\n>%s: %s, %s\n>%s %s, %s\n%s' \
  "$colour" "$GANGLION_TITLE_ZH" "$more" "$GANGLION_GATEWAY" "$GANGLION_STATE" "$GANGLION_SEVERITY" \
  "$GANGLION_VALUE" "$GANGLION_UNIT" "$GANGLION_AT" "$link")

# A text as JSON has it: quotes and backslashes escaped, line ends as \n, no other control characters.
json_text() {
  printf '%s' "$1" | tr '\000-\011\013-\037' ' ' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e '$!s/$/\\n/' | tr -d '\n'
}

status=0
answer=$(printf '{"msgtype":"markdown","markdown":{"content":"%s"}}' "$(json_text "$text")" \
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
# The service answers 200 in any case; its own number says what came of it, and 45009 that there were too many.
case $(printf '%s' "$answer" | tr -d ' \n') in
  *'"errcode":0,'* | *'"errcode":0}'*) ;;
  *'"errcode":45009'* | *'"errcode":-1'*) exit 75 ;;
  *) exit 1 ;;
esac
