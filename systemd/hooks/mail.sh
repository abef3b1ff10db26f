#!/bin/sh
# Sends each call as a mail, by curl and SMTP. No mail system of this machine is used: under the gateway's service it
# could not change its user.
#
#   hooks:
#     duty-mail:
#       exec: ["/etc/ganglion/hooks/mail.sh", "/etc/ganglion/mail.curl", "gateway@plant.example", "duty@plant.example"]
#       timeout: 30s
#
# mail.curl is a configuration of curl, readable for the gateway's user alone:
#
#   url = "smtp://mail.plant.example:587"
#   ssl-reqd
#   user = "gateway:the password"
#
# A call that is made again has the same Message-ID. Exits with 75 where the server is not there, or says "later".
set -eu

if [ $# -ne 3 ]; then
  echo "usage: mail.sh CURL-CONFIGURATION FROM TO" >&2
  exit 64
fi
curl_file=$1 from=$2 to=$3

more=""
if [ "$GANGLION_ALERTS" -gt 1 ]; then more=" (+$((GANGLION_ALERTS - 1)))"; fi
subject=$(printf '%s' "[$GANGLION_SEVERITY] $GANGLION_STATE: $GANGLION_TITLE$more" | tr '\000-\037' ' ')

# RFC 2047 allows words of 75 bytes, each of whole characters: 11 of them, of four bytes at most.
encoded() {
  printf '%s\n' "$1" | sed 's/.\{11\}/&\n/g' | while IFS= read -r part; do
    if [ -n "$part" ]; then printf ' =?UTF-8?B?%s?=\n' "$(printf '%s' "$part" | base64 -w 0)"; fi
  done
}

mail() {
  printf 'From: <%s>\nTo: <%s>\nDate: %s\n' "$from" "$to" "$(date -R)"
  printf 'Message-ID: <%s@%s.ganglion.invalid>\n' "$GANGLION_CALL_ID" "${GANGLION_GATEWAY:-gateway}"
  printf 'Subject:%s\n' "$(encoded "$subject")"
  printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n'
  {
    printf '%s\n%s\n\n' "$GANGLION_TITLE" "$GANGLION_TITLE_ZH"
    printf 'state     %s\nseverity  %s\nrule      %s\n' "$GANGLION_STATE" "$GANGLION_SEVERITY" "$GANGLION_RULE"
    printf 'device    %s\nmetric    %s\nvalue     %s %s\n' \
      "$GANGLION_DEVICE" "$GANGLION_METRIC" "$GANGLION_VALUE" "$GANGLION_UNIT"
    printf 'at        %s\nalert     %s\ngateway   %s\n\n' "$GANGLION_AT" "$GANGLION_ALERT_ID" "$GANGLION_GATEWAY"
    printf 'All that was told (%s):\n\n' "$GANGLION_KIND"
    cat
  } | base64
}

status=0
errors=$(mail | sed 's/$/\r/' | curl --disable --silent --show-error --max-time 25 --config "$curl_file" \
  --mail-from "$from" --mail-rcpt "$to" --upload-file - 2>&1) || status=$?
printf '%s\n' "$errors"
# The server's own number, where it has refused: 5xx is for good.
case $errors in
  *"failed: 5"*) exit 1 ;;
esac
case $status in
  0) ;;
  # No address, no connection, no answer in time, cut off: the server may be there later.
  5 | 6 | 7 | 28 | 35 | 52 | 55 | 56) exit 75 ;;
  *) exit 1 ;;
esac
