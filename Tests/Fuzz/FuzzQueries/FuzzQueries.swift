import Foundation
import FuzzDriver
import Storage
import Telemetry

@testable import Gateway

// libFuzzer feeds what stands behind `/api/v1/` in a URL. Asked of a small store, it brings an answer that is whole, and
// the same when it is asked again, or an error in words of ours. A cursor may stand there as the JSON that it is made of.

private func question(_ text: String) throws(QueryError) -> Question? {
  let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
  let path = parts[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
  let given = try QueryParameters(urlQuery: parts.count > 1 ? parts[1] : "")
  let parameters = QueryParameters(
    given.pairs.map { pair in
      pair.name == "cursor" && pair.value.hasPrefix("{")
        ? (pair.name, Data(pair.value.utf8).base64EncodedString()) : pair
    })
  return switch (path[0], path.count) {
  case ("aggregates", 1): .aggregates(parameters)
  case ("latest", 1): .latest(parameters)
  case ("metrics", 1): .metrics(parameters)
  case ("explain", 1): .explain(parameters)
  case ("kpis", 1): .kpis(parameters)
  case ("kpis", 2): .kpi(path[1], parameters)
  case ("devices", 1): .devices(parameters)
  case ("devices", 2): .device(path[1])
  case ("dead-letters", 1): .deadLetters(parameters)
  case ("dead-letters", 2): .deadLetter(path[1])
  case ("audit", 1): .audit(parameters)
  default: nil
  }
}

/// All parts of the answer; nil where the question, or what is left of it, is refused.
private func answer(_ question: Question, _ zone: TimeZone) -> [Answer]? {
  do {
    var parts = [try store.readNow { try question.answer($0, .whole, zone: zone, now: SmallStore.now) }]
    while let rest = parts.last?.rest, parts.count < 10 { parts.append(try store.readNow { try rest.answer($0) }) }
    return parts
  } catch let error as QueryError {
    precondition(!error.description.isEmpty)
    return nil
  } catch {
    preconditionFailure("\(error)")
  }
}

private func check(_ parts: [Answer]) {
  let body = parts.reduce(Data()) { $0 + $1.body }
  switch parts[0].mediaType {
  case "application/json":
    precondition(parts.count == 1 && (try? JSONSerialization.jsonObject(with: body)) is [String: Any])
  case "application/x-ndjson":
    for line in body.split(separator: UInt8(ascii: "\n")) {
      precondition((try? JSONSerialization.jsonObject(with: Data(line))) is [String: Any])
    }
  default:
    precondition(parts[0].mediaType.hasPrefix("text/csv") && body.last == UInt8(ascii: "\n"))
  }
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzQueries(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  guard let text = String(validating: input, as: UTF8.self), let asked = try? question(text) else { return 0 }
  // The second has days that begin at one o'clock.
  let zone =
    text.utf8.count % 2 == 0 ? TimeZone(identifier: "Asia/Shanghai")! : TimeZone(identifier: "America/Santiago")!
  guard let answered = answer(asked, zone) else { return 0 }
  check(answered)
  precondition(answer(asked, zone)?.map(\.body) == answered.map(\.body))
  return 0
}

private let store: StoreReader = {
  do { return try SmallStore.make() } catch { fatalError("\(error)") }
}()

@main
enum FuzzQueries {
  static func main() {
    fuzz({ fuzzQueries($0, $1) })
  }
}
