import Telemetry

/// Checkpoints of 50,000 changed windows of 10,000 devices: all of one second's readings in windows that are new, and in
/// windows that are stored already.
struct BenchCheckpoint {
  let runs: Int

  private static let devices = 10_000
  private static let begin: Int64 = 1_763_700_000

  func run(in directory: String) throws -> [BenchFigure] {
    let feed = try StoreFeed(directory: directory, devices: Self.devices, interval: 1)
    var new: [Double] = []
    var changed: [Double] = []
    for run in 0..<Int64(runs) {
      for second in Int64(0)..<3 {
        for device in 0..<Self.devices { try feed.send(device: device, at: Self.begin + run * 60 + second) }
        let milliseconds = try feed.checkpoint() / .milliseconds(1)
        // As between checkpoints of a gateway.
        try feed.keepUp(at: Self.begin + run * 60 + second)
        if second == 0 { new.append(milliseconds) } else { changed.append(milliseconds) }
      }
    }
    return [
      BenchFigure(name: "windows", value: Double(Self.devices * StoreFeed.metrics), decimals: 0),
      BenchFigure(name: "new windows, ms", value: median(new)),
      BenchFigure(name: "changed windows, ms", value: median(changed)),
    ]
  }
}
