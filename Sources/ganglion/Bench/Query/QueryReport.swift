import Foundation

/// The figures of `bench query`.
struct QueryReport {
  let store: QueryStore
  let rate: Double
  /// Processor time that messages alone take at the rate, of a second.
  var idleShare = 0.0
  var questions: [QueryLatency] = []
  var ingest: QueryIngest?
  var peakMemoryBytes = 0

  init(_ store: QueryStore, rate: Double) {
    self.store = store
    self.rate = rate
  }

  // MARK: For people

  var text: String {
    let head = """
      \(store.minuteRows) minutes and \(store.hourRows) hours of \(store.devices) devices with \
      \(store.devices * StoreFeed.metrics) series, \(Table.number(Double(store.bytes) / 1e6, decimals: 0)) MB, made in \
      \(Table.number(store.seconds, decimals: 1)) s; \(Table.number(rate, decimals: 0)) messages/s meanwhile, which take \
      \(Table.number(idleShare * 100, decimals: 0)) % of a processor; peak memory \
      \(Table.number(Double(peakMemoryBytes) / 1e6, decimals: 0)) MB
      """
    return ([head, QueryLatency.table(questions)] + (ingest.map { [$0.text] } ?? [])).joined(separator: "\n\n")
  }

  // MARK: For programs

  struct Document: Encodable {
    let minute_rows: Int
    let hour_rows: Int
    let devices: Int
    let store_bytes: Int
    let fill_s: Double
    let messages_per_s: Double
    let messages_cpu_share: Double
    let peak_memory_bytes: Int
    let questions: [QueryLatency]
    let ingest: QueryIngest?
  }

  var document: Document {
    Document(
      minute_rows: store.minuteRows, hour_rows: store.hourRows, devices: store.devices, store_bytes: store.bytes,
      fill_s: store.seconds, messages_per_s: rate, messages_cpu_share: idleShare, peak_memory_bytes: peakMemoryBytes,
      questions: questions, ingest: ingest)
  }
}
