import Telemetry

/// What a device brings that was offline for a day, beside what comes live: windows, checkpoints, and the hours and days
/// that have to be corrected.
struct BenchBacklog {
  private static let devices = 1000
  private static let begin: Int64 = 1_763_654_400
  private static let messages = 86_400
  private static let messagesBetweenCheckpoints = 20_000

  func run(in directory: String) throws -> [BenchFigure] {
    let feed = try StoreFeed(directory: directory, devices: Self.devices, interval: 60)
    // The day before, of the others: its hours are made.
    for hour in Int64(0)..<24 {
      for device in 1..<Self.devices { try feed.send(device: device, at: Self.begin + hour * 3600) }
      try feed.checkpoint()
    }
    let now = Self.begin + 86400 + 600
    try feed.keepUp(at: now)
    let live = try rate(feed, now) { (device: 1 + $0 % (Self.devices - 1), second: now + Int64($0 / Self.devices)) }
    let backlog = try rate(feed, now + 200) { (device: 0, second: Self.begin + Int64($0)) }
    return [
      BenchFigure(name: "live, readings/s", value: live, decimals: 0),
      BenchFigure(name: "backlog of a day, readings/s", value: backlog, decimals: 0),
      BenchFigure(name: "backlog ÷ live", value: backlog / live, decimals: 2),
    ]
  }

  private func rate(
    _ feed: StoreFeed, _ now: Int64, _ message: (Int) -> (device: Int, second: Int64)
  ) throws -> Double {
    let began = ContinuousClock.now
    for index in 0..<Self.messages {
      let (device, second) = message(index)
      try feed.send(device: device, at: second)
      if index % Self.messagesBetweenCheckpoints == Self.messagesBetweenCheckpoints - 1 {
        try feed.checkpoint()
        try feed.keepUp(at: now)
      }
    }
    try feed.checkpoint()
    return Double(Self.messages * StoreFeed.metrics) / ((.now - began) / .seconds(1))
  }
}
