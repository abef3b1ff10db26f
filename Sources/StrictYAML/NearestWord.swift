/// ` (did you mean 'x'?)` where one of the words is near enough to be meant; empty otherwise.
public func nearestHint(to word: String, among words: [String]) -> String {
  nearestWord(to: word, among: words).map { " (did you mean '\($0)'?)" } ?? ""
}

/// The word that needs the fewest edits to become `word`, if those are at most a third of its length (and 2 at least).
public func nearestWord(to word: String, among words: [String]) -> String? {
  let limit = max(2, word.count / 3)
  return
    words
    .map { (word: $0, distance: editDistance(word, $0)) }
    .filter { $0.distance <= limit && $0.distance < $0.word.count }
    .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?
    .word
}

/// Levenshtein's distance: insertions, deletions and substitutions.
func editDistance(_ left: String, _ right: String) -> Int {
  let right = Array(right)
  var previous = Array(0...right.count)
  for (i, character) in left.enumerated() {
    var current = [i + 1]
    for (j, other) in right.enumerated() {
      current.append(min(previous[j] + (character == other ? 0 : 1), previous[j + 1] + 1, current[j] + 1))
    }
    previous = current
  }
  return previous[right.count]
}
