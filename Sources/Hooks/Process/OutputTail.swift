/// The last bytes of what comes, however much comes.
struct OutputTail {
  private let limit: Int
  private var kept: [UInt8] = []

  init(limit: Int = HookOutcome.mostOutputBytes) {
    self.limit = limit
    kept.reserveCapacity(2 * limit)
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    kept.append(contentsOf: bytes.suffix(limit))
    // Moved only once as much again has come.
    if kept.count >= 2 * limit { kept.removeFirst(kept.count - limit) }
  }

  var bytes: [UInt8] { Array(kept.suffix(limit)) }
}
