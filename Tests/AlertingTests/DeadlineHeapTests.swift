import Simulator
import TestSupport
import Testing

@testable import Alerting

@Suite struct DeadlineHeapTests {
  @Test("What is pushed in any order is popped in the order of its time, and always in the same")
  func order() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<200 {
      var heap = DeadlineHeap()
      var model: [DeadlineHeap.Entry] = []
      for _ in 0..<200 {
        if model.isEmpty || Bool.random(using: &random) {
          let kind = DeadlineHeap.Kind(rawValue: UInt8.random(in: 0...2, using: &random))!
          let entry = DeadlineHeap.Entry(
            due: Int64.random(in: 0...20, using: &random), kind: kind, index: Int32.random(in: 0...5, using: &random))
          heap.push(entry)
          model.append(entry)
          model.sort { $0 < $1 }
        } else {
          #expect(heap.earliest == model[0].due)
          #expect(heap.pop() == model.removeFirst())
        }
        #expect(heap.count == model.count)
      }
    }
    #expect(DeadlineHeap().earliest == .max)
  }
}
