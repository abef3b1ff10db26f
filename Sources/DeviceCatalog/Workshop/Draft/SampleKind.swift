/// What samples have in common that one profile is for.
struct SampleKind: Equatable {
  /// Of the format.
  private let word: String
  /// What a value alone is, where its topic says it: a temperature and a humidity are two profiles.
  private let metric: String?

  init(_ guess: PayloadGuess, topic: String) {
    word = guess.word
    metric = guess == .value ? TopicGuess.metricWord(of: topic) : nil
  }
}
