import DeviceCatalog
import Foundation
import Ingest
import Sparkplug
import Storage
import Telemetry

/// Has dead letters read again, the oldest first, a portion at a time: each is journaled as a message with its id and its
/// former time of receipt; the checkpoint that takes it in removes the letter.
///
/// What was cut ({oversize}) is not whole, and what a Sparkplug node said means nothing outside of its session: both are
/// left where they are.
struct LetterReplay {
  static let parameters =
    LetterSelection.parameters + [Parameter("limit", .count(1...Int.max), "letters at most; all where it is not given")]

  /// Those that are journaled at once have together at most so many bytes, or are one.
  private static let bytesAtOnce = 1 << 20

  private let selection: LetterSelection
  private let limit: Int
  private let scope: TagScope
  private let largestPayloadBytes: Int
  private let catalogue: Catalogue
  private let reader: StoreReader
  private let journal: ([ReplayedLetter]) async throws -> Void
  private let settle: () async throws -> Bool

  /// - Parameters:
  ///   - scope: of who asks.
  ///   - journal: has letters journaled.
  ///   - settle: waits until the store has taken in all that was journaled, and says whether it has.
  init(
    _ parameters: QueryParameters, _ scope: TagScope, _ catalogue: Catalogue, largestPayloadBytes: Int,
    reader: StoreReader,
    journal: @escaping ([ReplayedLetter]) async throws -> Void, settle: @escaping () async throws -> Bool
  ) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    selection = try LetterSelection(parameters)
    limit = try parameters.count("limit", in: 1...Int.max) ?? .max
    self.scope = scope
    self.catalogue = catalogue
    self.largestPayloadBytes = largestPayloadBytes
    self.reader = reader
    self.journal = journal
    self.settle = settle
  }

  func run() async throws -> LetterReplayReport {
    var report = LetterReplayReport()
    var ids: [UInt64] = []
    let (last, view) = try await reader.read { [scope, catalogue] snapshot in
      (try snapshot.deadLetters(limit: 1).first, try LetterView(scope, catalogue, snapshot))
    }
    var rest: Range<UInt64>? = last.map { 0..<$0.id + 1 }
    while let span = rest, ids.count < limit {
      let page = try await reader.read { [selection] in try selection.oldest($0, in: span, view) }
      rest = page.rest
      let letters = page.letters.filter { letter in
        let obstacle = obstacle(letter)
        if let obstacle { report.skipped[obstacle, default: 0] += 1 }
        return obstacle == nil
      }.prefix(limit - ids.count)
      for portion in portions(letters) { try await journal(portion.map(ReplayedLetter.init)) }
      ids += letters.map(\.id)
    }
    report.replayed = ids.count
    guard try await settle() else {
      report.isPending = true
      return report
    }
    let replayed = ids
    report.refused = try await reader.read { snapshot in
      try replayed.reduce(into: [:]) { refused, id in
        if let account = try snapshot.letterAccount(id) { refused[account.reason.rawValue, default: 0] += 1 }
      }
    }
    return report
  }

  /// Why a letter cannot be read again; nil where it can.
  private func obstacle(_ letter: DeadLetter) -> String? {
    if letter.reason == .oversize || letter.payload.count > largestPayloadBytes {
      return DeadLetterReason.oversize.rawValue
    }
    return letter.topic.withUnsafeBytes { catalogue.sparkplugTopic($0) } == nil ? nil : "sparkplug"
  }

  private func portions(_ letters: ArraySlice<DeadLetter>) -> [[DeadLetter]] {
    var portions: [[DeadLetter]] = []
    var bytes = 0
    for letter in letters {
      let size = letter.topic.count + letter.payload.count
      if portions.isEmpty || bytes + size > Self.bytesAtOnce {
        portions.append([])
        bytes = 0
      }
      portions[portions.count - 1].append(letter)
      bytes += size
    }
    return portions
  }
}

extension ReplayedLetter {
  fileprivate init(_ letter: DeadLetter) {
    self.init(
      id: letter.id, topic: letter.topic, payload: letter.payload, receivedAt: letter.receivedAt,
      isQoS1: letter.qos > 0, isRetained: letter.isRetained)
  }
}
