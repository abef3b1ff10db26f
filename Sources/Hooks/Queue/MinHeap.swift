/// A binary heap: the least element is at hand, and taken or added in logarithmic time.
struct MinHeap<Element: Comparable> {
  private var elements: [Element] = []

  var first: Element? { elements.first }
  var count: Int { elements.count }
  var isEmpty: Bool { elements.isEmpty }
  /// In no order.
  var unordered: [Element] { elements }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var index = elements.count - 1
    while index > 0, elements[index] < elements[(index - 1) / 2] {
      elements.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  mutating func popFirst() -> Element? {
    guard !elements.isEmpty else { return nil }
    elements.swapAt(0, elements.count - 1)
    let least = elements.removeLast()
    var index = 0
    while true {
      var next = 2 * index + 1
      guard next < elements.count else { return least }
      if next + 1 < elements.count, elements[next + 1] < elements[next] { next += 1 }
      guard elements[next] < elements[index] else { return least }
      elements.swapAt(index, next)
      index = next
    }
  }
}

extension MinHeap: Sendable where Element: Sendable {}
