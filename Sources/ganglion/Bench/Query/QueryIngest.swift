import Foundation
import LoopbackBroker

/// What many clients that ask cost the messages: as many as the gateway takes with and without them, in turn, and what
/// waits where messages come at a pace.
struct QueryIngest: Encodable {
  /// One span of time.
  private struct Span {
    let messagesPerSecond: Double
    let questionsPerSecond: Double
  }

  let clients: Int
  let thinkSeconds: Double
  /// Medians of the pairs, and of their ratios.
  let messagesPerSecond: Double
  let messagesPerSecondAsked: Double
  let ratio: Double
  /// The lowest and the highest ratio of a pair.
  let ratios: ClosedRange<Double>
  let questionsPerSecond: Double
  /// At the pace: messages due and not acknowledged, at most, in each half of the time; and questions.
  let pacedBacklog: [Int]
  let pacedQuestionsPerSecond: Double
  /// Messages in the journal that the store had not taken in, at the end.
  let pacedPending: Int

  private static let settling = Duration.seconds(3)
  private static let look = Duration.milliseconds(20)

  private enum CodingKeys: String, CodingKey {
    case clients
    case thinkSeconds = "think_s"
    case messagesPerSecond = "messages_per_s"
    case messagesPerSecondAsked = "messages_per_s_while_asked"
    case ratio
    case lowestRatio = "ratio_lowest"
    case highestRatio = "ratio_highest"
    case questionsPerSecond = "questions_per_s"
    case pacedBacklog = "paced_backlog_by_half"
    case pacedQuestionsPerSecond = "paced_questions_per_s"
    case pacedPending = "paced_pending"
  }

  /// - Parameters:
  ///   - span: how long each of a pair is measured, behind what it takes to settle.
  ///   - rate: messages a second of the pace.
  init(
    clients: Int, think: Duration, pairs: Int, span: Duration, rate: Double, _ subject: ServedGateway,
    _ store: QueryStore
  ) async throws {
    self.clients = clients
    thinkSeconds = think / .seconds(1)
    let ask = { QueryClients(clients, think: think, subject, store) }
    subject.pusher.pace = .unbounded
    var alone: [Span] = []
    var asked: [Span] = []
    for pair in 0..<pairs {
      // What grows with time is shared out to both.
      for isAsked in pair % 2 == 0 ? [false, true] : [true, false] {
        let askers = isAsked ? ask() : nil
        let measured = try await Self.measure(span, subject, askers)
        if isAsked { asked.append(measured) } else { alone.append(measured) }
      }
    }
    messagesPerSecond = median(alone.map(\.messagesPerSecond))
    messagesPerSecondAsked = median(asked.map(\.messagesPerSecond))
    let all = zip(alone, asked).map { $1.messagesPerSecond / $0.messagesPerSecond }
    ratio = median(all)
    ratios = all.min()!...all.max()!
    questionsPerSecond = median(asked.map(\.questionsPerSecond))

    subject.pusher.pace = .perSecond(rate)
    let askers = ask()
    try await Task.sleep(for: Self.settling)
    let answered = askers.answered
    var backlog: [Int] = []
    for _ in 0..<2 { backlog.append(try await Self.largestBacklog(span, subject)) }
    pacedBacklog = backlog
    let spans = Double(backlog.count)
    pacedQuestionsPerSecond = Double(askers.answered - answered) / (spans * (span / .seconds(1)))
    pacedPending = try subject.pending()
    try await askers.stop()
  }

  private static func measure(_ span: Duration, _ subject: ServedGateway, _ askers: QueryClients?) async throws -> Span
  {
    try await Task.sleep(for: settling)
    let (began, acknowledged, answered) = (
      ContinuousClock.now, subject.pusher.counts.acknowledged, askers?.answered ?? 0
    )
    try await Task.sleep(for: span)
    let seconds = (.now - began) / .seconds(1)
    let measured = Span(
      messagesPerSecond: Double(subject.pusher.counts.acknowledged - acknowledged) / seconds,
      questionsPerSecond: Double((askers?.answered ?? 0) - answered) / seconds)
    try await askers?.stop()
    return measured
  }

  private static func largestBacklog(_ span: Duration, _ subject: ServedGateway) async throws -> Int {
    let end = ContinuousClock.now + span
    var largest = 0
    while ContinuousClock.now < end {
      largest = max(largest, subject.pusher.counts.backlog)
      try await Task.sleep(for: look)
    }
    return largest
  }

  var text: String {
    func whole(_ value: Double) -> String { Table.number(value, decimals: 0) }
    func some(_ value: Double) -> String { Table.number(value, decimals: 2) }
    return Table(
      ["\(clients) clients that think for \(some(thinkSeconds)) s", ""],
      [
        ["messages/s, nobody asks", whole(messagesPerSecond)],
        ["messages/s, they ask", whole(messagesPerSecondAsked)],
        ["ratio, median of pairs", Table.number(ratio, decimals: 3)],
        ["ratio, lowest pair", Table.number(ratios.lowerBound, decimals: 3)],
        ["ratio, highest pair", Table.number(ratios.upperBound, decimals: 3)],
        ["questions/s", some(questionsPerSecond)],
        ["at the pace: questions/s", some(pacedQuestionsPerSecond)],
        ["at the pace: messages due and not acknowledged, at most, first half", "\(pacedBacklog[0])"],
        ["at the pace: the same, second half", "\(pacedBacklog[1])"],
        ["at the pace: messages not in the store, at the end", "\(pacedPending)"],
      ]
    ).text
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(clients, forKey: .clients)
    try container.encode(thinkSeconds, forKey: .thinkSeconds)
    try container.encode(messagesPerSecond, forKey: .messagesPerSecond)
    try container.encode(messagesPerSecondAsked, forKey: .messagesPerSecondAsked)
    try container.encode(ratio, forKey: .ratio)
    try container.encode(ratios.lowerBound, forKey: .lowestRatio)
    try container.encode(ratios.upperBound, forKey: .highestRatio)
    try container.encode(questionsPerSecond, forKey: .questionsPerSecond)
    try container.encode(pacedBacklog, forKey: .pacedBacklog)
    try container.encode(pacedQuestionsPerSecond, forKey: .pacedQuestionsPerSecond)
    try container.encode(pacedPending, forKey: .pacedPending)
  }
}
