/// What `ganglion init` writes. Held right by a test that checks and runs them.
enum StarterFiles {
  static let all: [(name: String, text: String)] = [
    ("ganglion.yaml", configuration), ("devices/my-probe.yaml", profile), ("alerts.yaml", rules),
  ]

  private static let configuration = """
    # Ganglion's configuration. Only mqtt.url is needed; what begins with '# ' before a key shows the default.
    # Relative paths count from this file's directory. `ganglion check --config …` says what is wrong.

    # gateway: mill-3              # this gateway's name; default: the host name
    # timezone: Asia/Shanghai      # calendar of days, and of time stamps without a zone; default: the machine's
    data: data                     # directory of journal.db and store.db; on a plant's machine /var/lib/ganglion
    devices: devices               # your profiles, beside the built-in ones, and registry.csv
    # enrol: auto                  # listed: only devices of registry.csv; `ganglion devices import` fills it

    mqtt:
      url: mqtt://127.0.0.1:1883   # mqtt://host:1883, or mqtts://host:8883 for TLS
      # client_id: ganglion-mill-3 # the broker keeps our session under this name; one gateway each
      # protocol: 5                # or 3.1.1
      # username: gateway
      # password_file: /etc/ganglion/password
      # ca_file: /etc/ganglion/ca.pem   # default: the system's authorities
      # subscriptions: []          # default: the topics of all profiles

    # windows: { retain: { 1m: 30d, 1h: 2y, 1d: forever }, exact_for: 15m, future_limit: 5m, past_limit: 30d }
    # sparkplug: { host: mill-3 }  # tells Sparkplug nodes that their host is there; default: it says nothing
    # http: { listen: "127.0.0.1:8080" }
    # kpis: kpis.yaml              # KPIs of yours, beside the built-in ones (`ganglion query kpis`)
    alerts: alerts.yaml            # rules, and who is called (`ganglion alerts list`)
    # limits: { devices: 100000, dead_letters: 10000, dead_letter_bytes: 64MiB, store_bytes: 16GiB }
    # log: { level: info, format: text }

    """

  private static let profile = """
    # How one kind of device speaks. `ganglion devices test devices` runs the examples at the end.
    profile: my-probe
    title: { en: My probe, zh: 我的探头 }
    topics: ["plant/{site}/probe/{device}/up"]   # {name} takes one level of the topic
    payload: json
    device: "{device}"                           # or a place in the payload, such as /devEUI
    time: { at: /ts, as: unix-ms }               # iso8601 unix-s unix-ms unix-us unix-ns local any; absent: time of receipt
    interval: 1m                                 # how often it reports; a value lasts three of them
    identity: time                               # a reading of the same time and value is the same one, sent again
    tags: { site: "{site}" }                     # for grouping
    metrics:
      - { name: temperature, at: /t, kind: gauge, unit: Cel, range: [-40, 120], missing: [-999] }
      - { name: dosed, at: /dose/kg, kind: event, unit: kg }
      - { name: running, at: /run, kind: state, states: { "0": stopped, "1": running } }
    examples:
      - topic: plant/mill-3/probe/p-1/up
        payload: '{"ts":1763700000000,"t":21.5,"dose":{"kg":0.4},"run":1}'
        readings:
          - { device: p-1, metric: temperature, value: 21.5, unit: Cel, time: "2025-11-21T04:40:00Z" }
          - { device: p-1, metric: dosed, value: 0.4, unit: kg }
          - { device: p-1, metric: running, value: running }
      # A broken probe: one bad reading, the rest counts.
      - topic: plant/mill-3/probe/p-2/up
        payload: '{"ts":1763700000000,"t":-999,"run":0}'
        readings:
          - { device: p-2, metric: temperature, reason: missing }
          - { device: p-2, metric: running, value: stopped }
      # No time stamp: the whole message becomes a dead letter.
      - topic: plant/mill-3/probe/p-3/up
        payload: '{"t":21.5}'
        refused: time

    """

  private static let rules = """
    # Alert rules, to start from. `ganglion check` says what is wrong; `ganglion alerts test probe-hot` calls the hooks of
    # a rule with a sample; `ganglion reload` has the running gateway take the file over.
    rules:
      - id: probe-hot
        title: { en: "{device} is hot: {value} {unit}", zh: "{device} 过热：{value} {unit}" }
        metric: temperature
        where: { site: mill-3 }    # tags; absent: every device with the metric
        above: 80                  # starts above this, in the metric's stored unit
        clear: 75                  # ends at this, or below
        for: 30s                   # must hold this long
        keep: 1m                   # must be over this long
        severity: warning          # info warning critical
        hooks: [journal]
        # group: { by: [site], wait: 30s }               # what fires together is one call with a list
        # escalate: [ { after: 15m, hooks: [boss] } ]    # where nobody has acknowledged it by then
    hooks:
      journal: { exec: ["/usr/bin/logger", "--tag", "ganglion-alert"] }
      # duty-officer: { exec: ["/etc/ganglion/hooks/call.sh"], timeout: 10s, retries: 5 }
      # boss: { webhook: "https://ops.example/alerts", headers_file: /etc/ganglion/ops-headers }
    # inhibit: [ { when: plant-power-lost, mutes: [probe-hot], same: [site] } ]
    # maintenance: [ { name: Sunday service, days: [sun], from: "06:00", to: "10:00", rules: [probe-hot] } ]

    """
}
