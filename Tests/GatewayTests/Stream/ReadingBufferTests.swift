import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// The bounded buffer of readings, against a slow and plain model of it.
@Suite
struct ReadingBufferTests {
  private static func reading(_ place: StreamPlace) -> StreamedReading {
    let moment = Timestamp(seconds: Int64(place.sequence))
    return StreamedReading(
      place: place, series: SeriesID(rawValue: 1), quality: .good, time: moment, receivedAt: moment, value: 0)
  }

  /// All that was ever handed over, and what of it was not kept.
  private struct Model {
    enum Item: Equatable {
      case reading(StreamPlace)
      case gap(from: StreamPlace, to: StreamPlace)
    }

    var items: [Item] = []
    var place: StreamPlace?
  }

  private struct Client {
    var number: Int
    var place: StreamPlace
    var heard: [Model.Item] = []
  }

  /// A batch of some messages, at times with some in front of it that were not kept.
  private static func batch(after sequence: inout UInt64, _ random: inout RandomSource) -> ReadingBatch {
    let missing = Int.random(in: 0..<10, using: &random) == 0 ? UInt64.random(in: 1...5, using: &random) : 0
    let begins = StreamPlace.behind(sequence + missing)
    sequence += missing
    var readings: [StreamedReading] = []
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      sequence += 1
      for index in 0..<UInt32.random(in: 0...3, using: &random) {
        readings.append(reading(StreamPlace(sequence: sequence, index: index)))
      }
    }
    return ReadingBatch(beginsAt: begins, endsAt: .behind(sequence), readings: readings)
  }

  @Test("Clients at any pace hear all readings and gaps in order, each once, or are told that they are behind")
  func model() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<200 {
      var buffer = ReadingBuffer(limit: Int.random(in: 1...40, using: &random))
      var model = Model()
      var clients: [Client] = []
      var sequence = UInt64.random(in: 0...3, using: &random)
      for _ in 0..<120 {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
          let batch = Self.batch(after: &sequence, &random)
          if let place = model.place, place < batch.beginsAt {
            model.items.append(.gap(from: place, to: batch.beginsAt))
          }
          model.items += batch.readings.map { .reading($0.place) }
          model.place = batch.endsAt
          _ = buffer.append(batch)
          #expect(buffer.end == model.items.count && buffer.place == model.place)
          #expect(buffer.end - buffer.first == min(model.items.count, buffer.limit))
        case 1:
          guard let place = buffer.place else { continue }
          clients.append(Client(number: buffer.end, place: place))
        default:
          guard let index = clients.indices.randomElement(using: &random) else { continue }
          if try !read(&clients[index], buffer, atMost: Int.random(in: 1...7, using: &random)) {
            clients.remove(at: index)
          }
        }
        // One that comes back stands where it stood.
        if let index = clients.indices.randomElement(using: &random) {
          let found = try #require(buffer.resume(at: clients[index].place))
          if clients[index].number >= buffer.first {
            #expect(found.number == clients[index].number && found.missed == nil)
          } else {
            #expect(found.number == buffer.first)
            let missed = try #require(found.missed)
            #expect(missed.from == clients[index].place && missed.to == buffer.begins)
          }
        }
      }
      for client in clients {
        let heard = model.items[(client.number - client.heard.count)..<client.number]
        #expect(Array(heard) == client.heard)
      }
    }
  }

  /// - Returns: false where the client is behind.
  private func read(_ client: inout Client, _ buffer: ReadingBuffer, atMost most: Int) throws -> Bool {
    switch buffer.find(client.number, atMost: most) {
    case .nothing: #expect(client.number == buffer.end)
    case .gone:
      #expect(client.number < buffer.first)
      return false
    case .gap(let gap, let next):
      client.heard.append(.gap(from: gap.from, to: gap.to))
      #expect(next == client.number + 1)
      (client.number, client.place) = (next, gap.to)
    case .readings(let readings, let next, let place):
      #expect(!readings.isEmpty && readings.count <= most && next == client.number + readings.count)
      client.heard += readings.map { .reading($0.place) }
      (client.number, client.place) = (next, place)
    }
    return true
  }

  @Test("A place that lies in what was not kept, before what is kept, or behind it, is told as such")
  func places() throws {
    var buffer = ReadingBuffer(limit: 3)
    #expect(buffer.resume(at: StreamPlace()) == nil)
    func place(_ sequence: UInt64) -> StreamPlace { StreamPlace(sequence: sequence) }
    _ = buffer.append(ReadingBatch(beginsAt: place(5), endsAt: place(7), readings: [Self.reading(place(5))]))
    #expect(try #require(buffer.resume(at: place(3))).missed == ReadingBuffer.Gap(from: place(3), to: place(5)))
    #expect(buffer.resume(at: place(8)) == nil)
    _ = buffer.append(
      ReadingBatch(beginsAt: place(9), endsAt: place(12), readings: [Self.reading(place(10)), Self.reading(place(11))]))
    // One reading has gone; the gap is there.
    let within = try #require(buffer.resume(at: place(8)))
    #expect(within.number == 1 && within.missed == nil)
    guard case .gap(let gap, _) = buffer.find(1, atMost: 1) else {
      Issue.record("no gap")
      return
    }
    #expect(gap == ReadingBuffer.Gap(from: place(7), to: place(9)))
    // Who has heard the one that has gone has missed nothing.
    #expect(try #require(buffer.resume(at: place(5).next)).missed == nil)
    #expect(try #require(buffer.resume(at: place(5))).missed == ReadingBuffer.Gap(from: place(5), to: place(5).next))
    #expect(try #require(buffer.resume(at: place(11))).number == 3)
  }
}
