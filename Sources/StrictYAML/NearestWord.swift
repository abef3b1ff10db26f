/// ` (did you mean 'x'?)` where one of the words is near enough to be meant; empty otherwise.
public func nearestHint(to word: String, among words: [String]) -> String {
  nearestWord(to: word, among: words).map { " (did you mean '\($0)'?)" } ?? ""
}

/// The word that needs the fewest edits to become `word`, if those are at most a third of its length (and 2 at least);
/// else the only one that begins with the same three letters.
public func nearestWord(to word: String, among words: [String]) -> String? {
  let limit = max(2, word.count / 3)
  let near =
    words
    .map { (word: $0, distance: editDistance(word, $0)) }
    .filter { $0.distance <= limit && $0.distance < $0.word.count }
    .min { ($0.distance, $0.word) < ($1.distance, $1.word) }
  if let near { return near.word }
  let alike = words.filter { word.count >= 3 && $0.hasPrefix(word.prefix(3)) }
  return alike.count == 1 ? alike[0] : nil
}

/// Insertions, deletions, substitutions and swaps of neighbours that make one text of the other (the optimal string
/// alignment distance).
public func editDistance(_ left: String, _ right: String) -> Int {
  let left = Array(left)
  let right = Array(right)
  var beforePrevious: [Int] = []
  var previous = Array(0...right.count)
  for i in left.indices {
    var current = [i + 1]
    for j in right.indices {
      var distance = min(previous[j] + (left[i] == right[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
      if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
        distance = min(distance, beforePrevious[j - 1] + 1)
      }
      current.append(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[right.count]
}
