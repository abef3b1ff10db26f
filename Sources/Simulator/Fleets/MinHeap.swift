/// A binary heap whose least element is at hand.
struct MinHeap<Element: Comparable & Sendable>: Sendable {
  private var elements: [Element]

  init(_ elements: [Element] = []) {
    // What is sorted is a heap.
    self.elements = elements.sorted()
  }

  var count: Int { elements.count }

  var least: Element? { elements.first }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var place = elements.count - 1
    while place > 0, elements[place] < elements[(place - 1) / 2] {
      elements.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  /// Takes the least element out; there has to be one.
  mutating func removeLeast() -> Element {
    elements.swapAt(0, elements.count - 1)
    let least = elements.removeLast()
    siftDown()
    return least
  }

  /// Puts another element in the place of the least; there has to be one.
  mutating func replaceLeast(with element: Element) {
    elements[0] = element
    siftDown()
  }

  private mutating func siftDown() {
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < elements.count else { return }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      guard elements[child] < elements[place] else { return }
      elements.swapAt(child, place)
      place = child
    }
  }
}
