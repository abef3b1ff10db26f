import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Sparkplug

/// The numbers of a node's messages.
@Suite struct SequenceWatchTests {
  private func moment(_ second: Int) -> Timestamp { Timestamp(seconds: Int64(second)) }

  @Test("Numbers that follow each other, around 255 and 0 too, and numbers that come twice, are in order")
  func inOrder() {
    var watch = SequenceWatch()
    for number in 0..<1000 {
      watch.take(UInt8(truncatingIfNeeded: number), at: moment(number))
      if number.isMultiple(of: 7) { watch.take(UInt8(truncatingIfNeeded: number), at: moment(number)) }
      #expect(watch.missingSince == nil)
    }
  }

  @Test("A number that is passed over is missing from then on, until it comes")
  func passedOver() {
    var watch = SequenceWatch(last: 253)
    watch.take(2, at: moment(10))
    #expect(watch.missingSince == moment(10))
    #expect(watch.mayHaveMissedBirth)
    watch.take(0, at: moment(11))
    #expect(!watch.mayHaveMissedBirth)
    for late: UInt8 in [1, 255] { watch.take(late, at: moment(12)) }
    #expect(watch.missingSince == moment(10))
    watch.take(254, at: moment(13))
    #expect(watch.missingSince == nil)
    watch.take(3, at: moment(14))
    #expect(watch.missingSince == nil)
  }

  @Test("A birth ends the wait for what was before it")
  func birth() {
    var watch = SequenceWatch(last: 3)
    watch.take(9, at: moment(1))
    watch.begin(at: 0)
    watch.take(1, at: moment(2))
    #expect(watch.missingSince == nil)
  }

  @Test("What is missing when its number is used again is missing for good")
  func missingForGood() {
    var watch = SequenceWatch(last: 3)
    watch.take(5, at: moment(1))
    for number in 6...(256 + 10) { watch.take(UInt8(truncatingIfNeeded: number), at: moment(number)) }
    #expect(watch.missingSince == moment(1))
    #expect(watch.missing.contains(4))
    #expect(!watch.mayHaveMissedBirth)
  }

  @Test("A birth that may have been passed over stays so, however many messages come after it")
  func missedBirth() {
    var watch = SequenceWatch(last: 5)
    for number in 1...600 {
      watch.take(UInt8(truncatingIfNeeded: number), at: moment(number))
      #expect(watch.mayHaveMissedBirth)
    }
  }

  @Test("A node that goes on from 255 with 1 keeps 0 for its births: a number is missing, but hardly a birth")
  func zeroKeptForBirths() {
    var watch = SequenceWatch(last: 254)
    for number: UInt8 in [255, 1, 2] { watch.take(number, at: moment(Int(number))) }
    #expect(watch.missingSince == moment(1))
    #expect(!watch.mayHaveMissedBirth)
    for (last, next) in [(254, 1), (255, 2), (254, 2), (7, 1)] as [(UInt8, UInt8)] {
      var watch = SequenceWatch(last: last)
      watch.take(next, at: moment(1))
      #expect(watch.mayHaveMissedBirth)
    }
  }

  @Test("Whatever numbers come, what is missing is what a plain list says")
  func reference() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    for _ in 0..<200 {
      var watch = SequenceWatch()
      var last: UInt8?
      var missing: Set<UInt8> = []
      for step in 0..<300 {
        let number = UInt8(truncatingIfNeeded: Int(last ?? 0) + Int.random(in: -3...6, using: &random))
        watch.take(number, at: moment(step))
        if let known = last, number != known, number == known &+ 1 || missing.remove(number) == nil {
          missing.formUnion((1..<(Int(number) + 256 - Int(known)) % 256).map { known &+ UInt8($0) })
          last = number
        } else if last == nil {
          last = number
        }
      }
      #expect((watch.missingSince != nil) == !missing.isEmpty)
      #expect((0...255).allSatisfy { watch.missing.contains($0) == missing.contains($0) })
    }
  }

  @Test("What is stored is what comes back")
  func stored() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<200 {
      var watch = SequenceWatch()
      for step in 0..<Int.random(in: 0...6, using: &random) {
        watch.take(UInt8.random(in: 0...255, using: &random), at: moment(step))
      }
      #expect(SequenceWatch(watch.stored) == watch)
    }
  }
}
