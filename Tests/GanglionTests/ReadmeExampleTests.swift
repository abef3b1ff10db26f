import Foundation
import FoundationNetworking
import Gateway
import Simulator
import Telemetry
import TestSupport
import Testing

/// The README's ways to yesterday's kilograms per district, each tried as it stands there against what was published.
@Suite(.exclusive)
struct ReadmeExampleTests {
  private struct Example {
    /// The word behind the fence.
    let language: String
    let text: String
  }

  /// The section, and the examples in it in their order: curl, the address for spreadsheets, Python, Grafana's address.
  private struct Section {
    let text: String
    let examples: [Example]

    init() throws {
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
      let parts = readme.components(separatedBy: "\n### Yesterday's kilograms, four ways\n")
      try #require(parts.count == 2)
      text = parts[1].components(separatedBy: "\n## ")[0]
      examples = text.matches(of: /```(\w+)\n([\s\S]*?)```/).map {
        Example(language: String($0.output.1), text: String($0.output.2))
      }
    }
  }

  /// Asia/Shanghai, which has no summer time.
  private static let zoneOffset: Int64 = 8 * 3600
  private static let day: Int64 = 86_400

  /// When yesterday began, in Unix seconds.
  private let yesterday: Int64
  /// `2026-11-21`
  private var date: String {
    String(CivilTime(Timestamp(seconds: yesterday), zoneOffset: Self.zoneOffset).text.prefix(10))
  }

  /// Stays clear of midnight: yesterday is to be the same for all, and closed, which it is 30 s after its end.
  init() async throws {
    let second = (Timestamp.now.seconds + Self.zoneOffset) % Self.day
    if second < 60 { try await Task.sleep(for: .seconds(60 - second)) }
    if second > Self.day - 180 { try await Task.sleep(for: .seconds(Self.day - second + 60)) }
    let now = Timestamp.now.seconds + Self.zoneOffset
    yesterday = now - now % Self.day - Self.day - Self.zoneOffset
  }

  /// Publishes kilograms of yesterday, of its first and last millisecond, and of those beside it, and waits until the store
  /// has them.
  ///
  /// - Returns: those of yesterday, by district.
  private func publish(to running: RunningGateway) async throws -> [String: Double] {
    var sums: [String: Double] = [:]
    var messages = 0
    let (first, next) = (yesterday * 1000, (yesterday + Self.day) * 1000)
    let shares: [(String, Double)] = [("fengze", 3.25), ("licheng", 17.5), ("luojiang", 42)]
    for (district, share) in shares {
      let weights: [(Int64, Double)] = [
        (first - 1, 50), (first, 1.25), (first + 43_200_000, share), (next - 1, 2.5), (next, 60),
      ]
      for (time, weight) in weights {
        let publisher = try ChildProcess(
          "/usr/bin/env",
          [
            "mosquitto_pub", "-p", "\(running.broker.port)", "-q", "1", "-t",
            "city/\(district)/waste/bin-\(district)/up", "-m",
            #"{"ts":\#(time),"community":"wan-an","weigh":{"kg":\#(weight)}}"#,
          ])
        #expect(publisher.wait(atMost: .seconds(10)) == .exited(0))
        messages += 1
        if (first..<next).contains(time) { sums[district, default: 0] += weight }
      }
    }
    var counted = 0
    try await eventually("\(messages) weights are in the store, not \(counted): \(running.gateway.errors)") {
      counted == messages
    } refreshing: {
      let answer = try running.ganglion(
        "query", "aggregates", "--config", running.config, "metric=weight_added", "window=1d", "from=-4d",
        "group_by=district", "fn=count")
      counted = answer.output.matches(of: /"count":(\d+)/).compactMap { Int($0.output.1) }.reduce(0, +)
    }
    return sums
  }

  /// Runs a program, and answers what it printed.
  private func output(of program: [String], _ running: RunningGateway, token: String) throws -> String {
    let name = "\(running.scratch.path)/\(UUID().uuidString)"
    let process = try ChildProcess(
      "/usr/bin/env", program, output: "\(name).out", errors: "\(name).err", environment: ["GANGLION_TOKEN": token])
    let ending = process.wait(atMost: .seconds(60))
    let errors = (try? String(contentsOfFile: "\(name).err", encoding: .utf8)) ?? ""
    #expect(ending == .exited(0), "\(program): \(errors)")
    return try text(ofFile: "\(name).out")
  }

  /// With its byte order mark, which Foundation's reading of texts leaves out.
  private func text(ofFile file: String) throws -> String {
    try String(decoding: Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
  }

  private func get(_ address: String, token: String) async throws -> String {
    var request = URLRequest(url: try #require(URL(string: address)))
    request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    let (data, response) = try await URLSession.shared.data(for: request)
    let text = String(decoding: data, as: UTF8.self)
    #expect((response as? HTTPURLResponse)?.statusCode == 200, "\(address): \(text)")
    return text
  }

  /// The rows of a CSV none of whose cells has quotes.
  private func rows(_ csv: String) throws -> [[String: String]] {
    let lines = csv.split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let header = try #require(lines.first)
    return lines.dropFirst().map { cells in
      #expect(cells.count == header.count, "\(csv)")
      return Dictionary(zip(header, cells)) { $1 }
    }
  }

  /// The rows of a CSV with Chinese headers.
  private func chineseRows(_ csv: String) throws -> [[String: String]] {
    let mark = "\u{FEFF}"
    #expect(csv.unicodeScalars.first == mark.unicodeScalars.first, "\(csv)")
    return try rows(String(String.UnicodeScalarView(csv.unicodeScalars.dropFirst())))
  }

  /// Numbers by district; a district with two rows, or a row without a number, is a failure.
  private func sums(_ rows: [[String: String]], by group: String = "district", of column: String = "sum") throws
    -> [String: Double]
  {
    var sums: [String: Double] = [:]
    for row in rows {
      let name = try #require(row[group], "\(row)")
      let text = try #require(row[column], "\(row)")
      let number = try #require(Double(text), "\(row)")
      sums[name] = sums[name] == nil ? number : .nan
    }
    return sums
  }

  private struct Answer: Decodable {
    struct Series: Decodable {
      let group: [String: String]
      let points: [Point]
    }

    struct Point: Decodable {
      let sum: Double
    }

    let series: [Series]
  }

  /// As Grafana's Infinity data source sends an address: with the range *Yesterday* in place of its macros, parameters by
  /// their names, and encoded whole.
  private func asGrafanaSends(_ address: String) throws -> String {
    let from = "\(CivilTime(Timestamp(seconds: yesterday), zoneOffset: 0).text.dropLast()).000Z"
    let last = Timestamp(microseconds: (yesterday + Self.day) * 1_000_000 - 1000)
    let filled = address.replacing("${__timeFrom:date:iso}", with: from)
      .replacing("${__timeTo:date:iso}", with: CivilTime(last, zoneOffset: 0).text)
    #expect(!filled.contains("$"), "\(filled)")
    let parts = filled.split(separator: "?")
    let query = try #require(parts.last).split(separator: "&").map { pair in
      pair.split(separator: "=").map {
        String($0).addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
      }.joined(separator: "=")
    }
    return "\(parts[0])?\(query.sorted().joined(separator: "&"))"
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  /// A gateway, and the secret of a token for it; an empty one where everybody may ask.
  private func running(withTokens: Bool) async throws -> (RunningGateway, String) {
    guard withTokens else { return (try await RunningGateway(), "") }
    let scratch = try ScratchDirectory()
    let file = "\(scratch.path)/tokens.yaml"
    let added = try GanglionProcess.run(["tokens", "add", "--file", file, "--name", "readme"], in: scratch)
    #expect(added.ending == .exited(0), "\(added.errors)")
    return (try await RunningGateway(tokens: file), added.output.trimmingCharacters(in: .newlines))
  }

  @Test("curl, a spreadsheet, Python and Grafana each get yesterday's kilograms", arguments: [false, true])
  func fourWays(withTokens: Bool) async throws {
    let section = try Section()
    try #require(section.examples.map(\.language) == ["sh", "text", "python", "text"])
    let (running, token) = try await running(withTokens: withTokens)
    defer { running.stop() }
    let expected = try await publish(to: running)
    #expect(expected == ["fengze": 7, "licheng": 21.25, "luojiang": 45.75])
    let texts = section.examples.map { $0.text.replacing("http://127.0.0.1:8080", with: running.url) }
    #expect(texts.allSatisfy { $0.contains(running.url) })

    let header = try #require(section.text.firstMatch(of: /with tokens add `(-H [^`]+)`/)).output.1
    let desk = try running.scratch.directory("desk")
    let typed = withTokens ? texts[0].replacing("curl ", with: "curl \(header) ") : texts[0]
    let script = try running.scratch.file("example.sh", "cd '\(desk)'\n\(typed)")
    let printed = try output(of: ["bash", "-e", script], running, token: token)
    let json = try #require(printed.split(separator: "\n").first)
    let answer = try JSONDecoder().decode(Answer.self, from: Data(json.utf8))
    let told = answer.series.flatMap { series in
      series.points.map { ["district": series.group["district"] ?? "", "sum": "\($0.sum)"] }
    }
    #expect(try sums(told) == expected, "\(json)")
    #expect(try sums(rows(String(printed.dropFirst(json.count + 1)))) == expected, "\(printed)")

    let file = try text(ofFile: "\(desk)/yesterday.csv")
    let opened = try chineseRows(file)
    #expect(try sums(opened, by: "区县", of: "合计") == expected, "\(file)")
    #expect(opened.allSatisfy { $0["开始时间"] == "\(date) 00:00:00" }, "\(file)")
    let linked = try await get(texts[1].trimmingCharacters(in: .newlines), token: token)
    #expect(try sums(chineseRows(linked), by: "区县", of: "合计") == expected, "\(linked)")
    #expect(try chineseRows(linked).allSatisfy { $0["未结束"] == "" }, "\(linked)")

    let program = try running.scratch.file("example.py", texts[2])
    let lines = try output(of: ["python3", program], running, token: token)
    let words = lines.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(words.allSatisfy { $0.count == 3 && $0[2] == "kg" }, "\(lines)")
    #expect(try sums(words.map { Dictionary(zip(["district", "sum"], $0)) { $1 } }) == expected, "\(lines)")

    let asked = try asGrafanaSends(texts[3].trimmingCharacters(in: .newlines))
    let panel = try await get(asked, token: token)
    #expect(try sums(rows(panel)) == expected, "\(asked): \(panel)")
    for row in try rows(panel) {
      let start = try ISO8601DateFormatter().date(from: #require(row["start"]))
      #expect(start?.timeIntervalSince1970 == Double(yesterday), "\(row)")
    }
  }
}
