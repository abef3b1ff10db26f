/// An array that grows by pages, so that it never holds much more than it needs and never moves what it holds.
struct Pages<Element> {
  private var pages: [[Element]] = []
  private(set) var count = 0

  private static var pageBits: Int { 13 }
  private static var pageSize: Int { 1 << pageBits }

  mutating func append(_ element: Element) {
    if count == pages.count * Self.pageSize {
      pages.append([])
      pages[pages.count - 1].reserveCapacity(Self.pageSize)
    }
    pages[pages.count - 1].append(element)
    count += 1
  }

  subscript(index: Int) -> Element {
    @inline(__always) _read { yield pages[index >> Self.pageBits][index & (Self.pageSize - 1)] }
    @inline(__always) _modify { yield &pages[index >> Self.pageBits][index & (Self.pageSize - 1)] }
  }
}
