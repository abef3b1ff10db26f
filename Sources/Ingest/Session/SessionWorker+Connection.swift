import DurableSQLite

/// From a client that is made to a connection that is subscribed, and each change of subscriptions behind it.
extension SessionWorker {
  func connect() {
    report(.connecting(broker: settings.broker))
    do {
      let client = try makeClient(settings)
      client.onConnack = { [unowned self] in connackReceived($0) }
      client.onMessage = { [unowned self] in received($0) }
      client.onLog = { [unowned self] in watch.heard($0) }
      self.client = client
      machine.connectStarted(now: clock.now())
      client.listenToLog(true)
      try client.connect()
    } catch {
      machine.connectStarted(now: clock.now())
      lost(error.loss(wasConnected: false))
    }
  }

  func handshake() throws(DatabaseFailure) {
    readMessages = 0
    readClock()
    attempt { client throws(BrokerClientFailure) in
      do throws(BrokerClientFailure) {
        try client.drive()
      } catch {
        // A refusal is told by its CONNACK.
        if client.connack == nil { throw error }
      }
    }
    if let failure = callbackFailure {
      callbackFailure = nil
      return try stayAway(because: failure)
    }
    // Messages may have come behind the CONNACK in one TLS record, and not all have been taken.
    if refusesRest { return lost(.ringFull) }
    guard client?.connack != nil else { return }
    if let refusal = client?.refusal { return lost(.refused(refusal)) }
    machine.didRead(messages: readMessages, isDrained: false, now: clock.now())
  }

  /// Where the disk has no room for what a connection needs, there is none until it has.
  func stayAway(because failure: DatabaseFailure) throws(DatabaseFailure) {
    guard case .full(let detail) = failure else { throw failure }
    diskFilled(detail)
    lost(.diskFull)
  }

  /// Called from within a read, so that a message in the same TLS record finds the watch set.
  private func connackReceived(_ connack: Connack) {
    guard connack.reasonCode == 0 else { return }
    do throws(DatabaseFailure) {
      try accepted(connack)
    } catch {
      callbackFailure = error
    }
  }

  private func accepted(_ connack: Connack) throws(DatabaseFailure) {
    let known = try journal.sessionRecord()
    let isOurs = known?.clientID == settings.clientID && known?.broker == settings.broker
    let isResumed = connack.isSessionPresent && isOurs
    client?.listenToLog(isResumed)
    if isResumed {
      watch.begin()
      firstInFlight = journal.firstInFlight
      resumedAt = journal.head
    } else {
      // A new session has no subscriptions; only a SUBACK adds some.
      try journal.setSession(
        Journal.SessionRecord(clientID: settings.clientID, broker: settings.broker, filters: []), isNew: true)
    }
    // MQTT 3.1.1 repeats retained messages at every subscription, so there it is not repeated without need.
    let mustSubscribe =
      settings.version == .v5 || !isResumed || Set(known?.filters ?? []) != Set(settings.filters)
    machine.connackReceived(now: clock.now(), mustSubscribe: mustSubscribe)
    shortLives.accepted(at: clock.now())
    let isLost = isOurs && !connack.isSessionPresent
    status.connections += 1
    status.sessionsLost += isLost ? 1 : 0
    status.isConnected = true
    status.isSubscribed = !mustSubscribe
    if !mustSubscribe { hearing.begin(at: receipt.time) }
    publishStatus()
    report(.connected(broker: settings.broker, resumed: isResumed, lostSession: isLost))
  }

  /// What is new is subscribed to before what is stale is left, so that a message that both bring is not missed. On a
  /// connection that is subscribed only what is new: MQTT 3.1.1 repeats retained messages at every subscription.
  func subscribe() throws(DatabaseFailure) {
    let granted = try journal.sessionRecord()?.filters ?? []
    asked = status.isSubscribed ? settings.filters.filter { !granted.contains($0) } : settings.filters
    leaving = granted.filter { !settings.filters.contains($0) }
    attempt { client throws(BrokerClientFailure) in
      if !asked.isEmpty { try client.subscribe(to: asked, qos: 1) }
      if !leaving.isEmpty { try client.unsubscribe(from: leaving) }
      machine.subscriptionsQueued()
    }
  }

  func subscribed(_ codes: [Int32]) throws(DatabaseFailure) {
    for (filter, code) in zip(asked, codes) where code >= 128 {
      report(.subscriptionRefused(filter: filter, reasonCode: code))
    }
    let granted = zip(asked, codes).filter { $0.1 < 128 }.map(\.0)
    let asked = asked
    try changeFilters { known in known.filter { !asked.contains($0) } + granted }
    if !granted.isEmpty { report(.subscribed(filters: granted)) }
    // What is refused is told; what is granted is heard.
    if hearing.span == nil { hearing.begin(at: receipt.time) }
  }

  func unsubscribed() throws(DatabaseFailure) {
    let left = leaving
    try changeFilters { known in known.filter { !left.contains($0) } }
    report(.unsubscribed(filters: left))
  }

  /// Stores what the broker brings from now on.
  private func changeFilters(_ change: ([String]) -> [String]) throws(DatabaseFailure) {
    let known = try journal.sessionRecord()
    let filters = change(known?.filters ?? [])
    let record = Journal.SessionRecord(clientID: settings.clientID, broker: settings.broker, filters: filters)
    do {
      if known != record { try journal.setSession(record, isNew: false) }
    } catch {
      return try stayAway(because: error)
    }
    status.refusedFilters = settings.filters.count { !filters.contains($0) }
    status.isSubscribed = status.refusedFilters == 0
    publishStatus()
  }
}
