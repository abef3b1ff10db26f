import Alerting
import Ingest
import Storage
import Telemetry

/// The metrics page, in Prometheus' text format, from one snapshot of the ledger and one of the status.
///
/// Source: Prometheus exposition format 0.0.4; names by its naming practices.
struct PrometheusText {
  private(set) var text = ""

  init(_ status: GatewayStatus, _ ledger: Ledger) {
    writeLedger(ledger)
    writeSession(status)
    writePipeline(status)
  }

  private mutating func writeLedger(_ ledger: Ledger) {
    metric("ganglion_messages_received_total", "counter", "Messages journaled.", ledger.received)
    metric(
      "ganglion_messages_received_qos0_total", "counter", "Messages journaled that came at QoS 0.",
      ledger.receivedAtQoS0)
    head("ganglion_messages_total", "counter", "Messages by what became of them.")
    for (route, account) in ledger.messages.sorted(by: { $0.key < $1.key }) {
      for (entry, count) in account.outcomes.sorted(by: { $0.key < $1.key }) {
        sample(
          "ganglion_messages_total",
          [("route", route), ("outcome", entry.word), ("reason", entry.reason ?? "")], "\(count)")
      }
    }
    metric("ganglion_messages_pending", "gauge", "Messages journaled and not yet in the store.", ledger.pending)
    metric(
      "ganglion_dead_letters_dropped_total", "counter", "Dead letters that went because there were too many.",
      ledger.deadLettersDropped)
    let readings = ledger.allReadings
    metric("ganglion_readings_made_total", "counter", "Readings decoded from messages.", readings.entered)
    head("ganglion_readings_total", "counter", "Readings by what became of them.")
    for (entry, count) in readings.outcomes.sorted(by: { $0.key < $1.key }) {
      sample("ganglion_readings_total", [("outcome", entry.word), ("reason", entry.reason ?? "")], "\(count)")
    }
    metric("ganglion_ledger_balanced", "gauge", "1 where the ledger balances.", ledger.imbalances().isEmpty ? 1 : 0)
  }

  private mutating func writeSession(_ status: GatewayStatus) {
    let session = status.session
    metric("ganglion_session_connected", "gauge", "1 while connected to the broker.", session.isConnected ? 1 : 0)
    metric(
      "ganglion_session_connections_total", "counter", "Connections that the broker accepted.", session.connections)
    metric(
      "ganglion_session_losses_total", "counter", "Reconnects at which the broker no longer knew the session.",
      session.sessionsLost)
    head(
      "ganglion_session_disconnections_total", "counter", "Connections that ended or did not come about, by reason.")
    for reason in DisconnectionReason.allCases {
      sample(
        "ganglion_session_disconnections_total", [("reason", reason.rawValue)],
        "\(session.disconnections[reason] ?? 0)")
    }
    metric(
      "ganglion_session_filters_refused", "gauge", "Topic filters that the broker refuses.",
      Int64(session.refusedFilters))
    metric(
      "ganglion_session_retained_total", "counter", "Messages that the broker had retained.",
      session.qualities.retained)
    metric("ganglion_session_redeliveries_total", "counter", "Messages recognised as redelivered.", session.redelivered)
    metric("ganglion_journal_commits_total", "counter", "Journal transactions.", session.commits)
    seconds("ganglion_journal_commit_seconds_total", "counter", "Time spent in journal commits.", session.commitTime)
    metric("ganglion_journal_bytes", "gauge", "Bytes of messages in the journal.", Int64(session.journalBytes))
    metric(
      "ganglion_clock_steps_total", "counter", "Times that the machine's clock was set by more than a second.",
      session.clockSteps)
    seconds(
      "ganglion_session_behind_seconds", "gauge", "How long more has been there than was taken, without a break.",
      status.behind ?? .zero)
    metric("ganglion_ring_waits_total", "counter", "Times that reading stopped at a full ring.", session.waitsForRing)
  }

  private mutating func writePipeline(_ status: GatewayStatus) {
    metric("ganglion_ring_messages", "gauge", "Messages in the ring.", Int64(status.ringOccupancy))
    metric("ganglion_ring_capacity_messages", "gauge", "Messages that fit into the ring.", Int64(status.ringCapacity))
    metric("ganglion_devices", "gauge", "Devices known.", Int64(status.devices))
    metric("ganglion_series", "gauge", "Series known.", Int64(status.series))
    metric("ganglion_windows_open", "gauge", "Windows that have not ended yet.", Int64(status.openWindows))
    metric("ganglion_windows_in_memory", "gauge", "Windows held in memory.", Int64(status.windowsInMemory))
    seconds("ganglion_checkpoint_seconds", "gauge", "Time that the last checkpoint took.", status.checkpointTime)
    metric("ganglion_samples_in_memory", "gauge", "Samples of windows held in memory.", Int64(status.samplesInMemory))
    metric(
      "ganglion_message_identities", "gauge", "Ids of messages by which a repeat is known.",
      Int64(status.messageIdentities))
    metric(
      "ganglion_message_identities_crowded_out_total", "counter",
      "Ids of messages forgotten before their time, because there were too many.", status.messageIdentitiesCrowdedOut)
    let usage = status.storeUsage
    metric("ganglion_store_bytes", "gauge", "Bytes in use in the store's file.", usage.bytes)
    metric(
      "ganglion_store_limit_bytes", "gauge", "Bytes in use above which the oldest windows go before their time.",
      usage.limitBytes)
    head("ganglion_store_evictions_total", "counter", "Times that the oldest windows went for want of bytes.")
    for (what, times) in usage.evictions.sorted(by: { $0.key < $1.key }) {
      sample("ganglion_store_evictions_total", [("what", what)], "\(times)")
    }
    metric(
      "ganglion_ballast_bytes", "gauge", "Bytes kept free for a full disk; 0 while they are in use.",
      status.ballastBytes ?? 0)
    metric("ganglion_disk_full", "gauge", "1 while the disk has no room.", status.isDiskFull ? 1 : 0)
    writeSparkplug(status)
    writeStreams(status.streams)
    writeAlerts(status.alerts)
  }

  private mutating func writeAlerts(_ alerts: AlertStatus) {
    head("ganglion_alerts_open", "gauge", "Alerts that fire, or of which nobody can say, by severity.")
    for severity in Severity.allCases {
      sample("ganglion_alerts_open", [("severity", severity.word)], "\(alerts.open[severity] ?? 0)")
    }
    head("ganglion_alert_transitions_total", "counter", "Alerts that fired, ended, or came to be known or unknown.")
    for kind in AlertTransition.Kind.allCases {
      sample("ganglion_alert_transitions_total", [("kind", kind.rawValue)], "\(alerts.transitions[kind] ?? 0)")
    }
    metric("ganglion_alert_silences", "gauge", "Silences that are kept.", Int64(alerts.silences))
    head("ganglion_hook_calls_waiting", "gauge", "Calls of hooks that are to be made, or made again, by hook.")
    for (hook, count) in alerts.waitingCalls.sorted(by: { $0.key < $1.key }) {
      sample("ganglion_hook_calls_waiting", [("hook", hook)], "\(count)")
    }
    head("ganglion_hook_calls_total", "counter", "Calls of hooks that have ended, by how they did.")
    for (end, count) in alerts.calls.sorted(by: {
      ($0.key.hook, $0.key.state.rawValue) < ($1.key.hook, $1.key.state.rawValue)
    }) {
      sample("ganglion_hook_calls_total", [("hook", end.hook), ("outcome", end.state.rawValue)], "\(count)")
    }
  }

  private mutating func writeSparkplug(_ status: GatewayStatus) {
    let sparkplug = status.sparkplug
    metric("ganglion_sparkplug_nodes", "gauge", "Sparkplug nodes heard of.", Int64(sparkplug.nodes))
    metric("ganglion_sparkplug_nodes_alive", "gauge", "Those that are born and not dead.", Int64(sparkplug.nodesAlive))
    metric(
      "ganglion_sparkplug_unknown_aliases_total", "counter", "Metrics passed over whose alias no birth defines.",
      sparkplug.unknownAliases)
    metric(
      "ganglion_sparkplug_rebirths_requested_total", "counter", "Requests for births made of Sparkplug nodes.",
      sparkplug.rebirthsRequested)
  }

  private mutating func writeStreams(_ streams: StreamHub.Counts) {
    metric("ganglion_streams_open", "gauge", "Streams that are open.", Int64(streams.open))
    metric(
      "ganglion_stream_kept_readings", "gauge", "Readings kept for the clients of streams.", Int64(streams.kept))
    head("ganglion_stream_events_total", "counter", "Events told on streams, by kind.")
    for kind in StreamEvent.Kind.allCases {
      sample("ganglion_stream_events_total", [("event", kind.rawValue)], "\(streams.events[kind] ?? 0)")
    }
    head(
      "ganglion_stream_clients_dropped_total", "counter",
      "Clients of streams that were ended for they did not keep up, by what they did not.")
    for drop in StreamHub.Drop.allCases {
      sample(
        "ganglion_stream_clients_dropped_total", [("reason", drop.rawValue)], "\(streams.dropped[drop] ?? 0)")
    }
  }

  // MARK: Lines

  private mutating func head(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private mutating func metric(_ name: String, _ type: String, _ help: String, _ value: Int64) {
    head(name, type, help)
    sample(name, [], "\(value)")
  }

  private mutating func seconds(_ name: String, _ type: String, _ help: String, _ value: Duration) {
    head(name, type, help)
    sample(name, [], "\(value.seconds)")
  }

  private mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: String) {
    let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
    text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
  }

  private static func escaped(_ value: String) -> String {
    value.reduce(into: "") { escaped, character in
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.append(character)
      }
    }
  }
}
