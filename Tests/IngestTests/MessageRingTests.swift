import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Ingest

@Suite
struct MessageRingTests {
  /// A message whose bytes can be known again.
  private static func bytes(_ number: Int, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
  }

  private static func append(_ number: Int, payloadBytes: Int, to ring: MessageRing) {
    let topic = Array("t/\(number)".utf8)
    topic.withUnsafeBytes { topic in
      bytes(number, count: payloadBytes).withUnsafeBytes { payload in
        ring.append(
          IncomingMessage(
            topic: topic, payload: payload, receivedAt: Timestamp(microseconds: Int64(number)),
            contentHash: UInt64(number), packetID: UInt16(truncatingIfNeeded: number), flags: .qos1),
          topicHash: UInt64(number) &* 7)
      }
    }
  }

  private static func expect(_ message: RingMessage, _ number: Int, payloadBytes: Int) {
    #expect(message.sequence == UInt64(number))
    #expect(message.topicHash == UInt64(number) &* 7)
    #expect(Array(message.frame.topic) == Array("t/\(number)".utf8))
    #expect(Array(message.frame.payload) == bytes(number, count: payloadBytes))
    #expect(message.frame.receivedAt.microseconds == Int64(number))
    #expect(message.frame.packetID == UInt16(truncatingIfNeeded: number))
  }

  @Test("Random steps of producer and consumer: what was published comes out, in order, whole and once")
  func model() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<200 {
      let largest = 300
      let ring = MessageRing(capacity: 16, arenaBytes: 2048, trailingBytes: 64)
      var sizes: [Int] = []
      var published = 0
      var consumed = 0
      for _ in 0..<200 {
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
          while Int.random(in: 0..<4, using: &random) > 0,
            ring.hasRoom(messages: 1, bytes: MessageFrame.headerBytes + 16 + largest)
          {
            sizes.append(Int.random(in: 0...largest, using: &random))
            Self.append(sizes.count, payloadBytes: sizes.last!, to: ring)
          }
          #expect(sizes.count - consumed <= ring.capacity)
        case 1:
          let runs = ring.unpublishedRuns()
          #expect(runs.reduce(0) { $0 + $1.count } == sizes.count - published)
          #expect(runs.count <= 2)
          checkRuns(runs, after: published, sizes)
          ring.publish(firstSequence: UInt64(published) + 1)
          published = sizes.count
        default:
          let readable = ring.readable()
          #expect(readable == consumed..<published)
          let taken = readable.prefix(Int.random(in: 0...16, using: &random))
          for index in taken { Self.expect(ring.message(at: index), index + 1, payloadBytes: sizes[index]) }
          ring.release(before: taken.upperBound)
          consumed = taken.upperBound
        }
        #expect(ring.occupancy == published - consumed)
      }
    }
  }

  /// The runs hold the frames of the unpublished messages, one behind the other.
  private func checkRuns(_ runs: [FrameRun], after published: Int, _ sizes: [Int]) {
    var number = published
    for run in runs {
      var offset = 0
      for _ in 0..<run.count {
        guard let length = MessageFrame.length(at: offset, in: run.bytes) else {
          Issue.record("no whole frame at \(offset)")
          return
        }
        number += 1
        let frame = MessageFrame(UnsafeRawBufferPointer(rebasing: run.bytes[offset..<offset + length]))
        #expect(frame.payload.count == sizes[number - 1])
        #expect(frame.contentHash == UInt64(number))
        offset += length
      }
      #expect(offset == run.bytes.count)
    }
  }

  @Test("A full ring has no room until the consumer gives some back")
  func fullRing() {
    let ring = MessageRing(capacity: 8, arenaBytes: 4096, trailingBytes: 64)
    var count = 0
    while ring.hasRoom(messages: 1, bytes: 64) {
      count += 1
      Self.append(count, payloadBytes: 10, to: ring)
    }
    #expect(count == 8)
    ring.publish(firstSequence: 1)
    #expect(!ring.hasRoom(messages: 1, bytes: 64))
    ring.release(before: 3)
    #expect(ring.hasRoom(messages: 3, bytes: 64))
    #expect(!ring.hasRoom(messages: 4, bytes: 64))
  }

  @Test("Two threads: a hundred thousand messages come through in order")
  func twoThreads() async throws {
    let ring = MessageRing(capacity: 1024, arenaBytes: 1 << 16, trailingBytes: 64)
    let total = 100_000
    async let produced: Void = onThread {
      var number = 0
      while number < total {
        guard ring.hasRoom(messages: 16, bytes: 16 * 128) else {
          ring.hasRoom.arm()
          if !ring.hasRoom(messages: 16, bytes: 16 * 128) { ring.hasRoom.wait(atMost: .seconds(5)) }
          ring.hasRoom.reset()
          continue
        }
        let first = number + 1
        for _ in 0..<min(16, total - number) {
          number += 1
          Self.append(number, payloadBytes: number % 50, to: ring)
        }
        ring.publish(firstSequence: UInt64(first))
      }
    }
    async let wrong: Int = onThread {
      var expected = 0
      var wrong = 0
      while expected < total {
        let readable = ring.readable()
        if readable.isEmpty {
          ring.hasMessages.arm()
          if ring.readable().isEmpty { ring.hasMessages.wait(atMost: .seconds(5)) }
          ring.hasMessages.reset()
        }
        for index in readable {
          expected += 1
          let message = ring.message(at: index)
          if message.sequence != UInt64(expected) || message.frame.payload.count != expected % 50 { wrong += 1 }
        }
        ring.release(before: readable.upperBound)
      }
      return wrong
    }
    try await produced
    #expect(try await wrong == 0)
    #expect(ring.occupancy == 0)
  }
}
