import ArgumentParser
import DurableSQLite
import Foundation
import FoundationNetworking
import Gateway
import Storage
import Telemetry

/// Where the data of a gateway on this machine are: `--config` or `--data`.
struct DataLocation: ParsableArguments {
  @Option(help: "The gateway's configuration file (default: /etc/ganglion/ganglion.yaml).")
  var config: String?

  @Option(help: "A data directory. It is only read.")
  var data: String?

  func validate() throws {
    if config != nil, data != nil { throw ValidationError("only one of --config and --data says where the data are") }
  }

  /// The gateway's configuration; nil where `--data` says where the data are.
  func configuration() throws -> GatewayConfiguration? {
    data == nil ? try GatewayConfiguration(file: config ?? GatewayConfiguration.standardPath) : nil
  }

  /// The data directory.
  func directory() throws -> String { try data ?? configuration()!.data }

  /// The store, and the zone whose days it has.
  ///
  /// - Throws: `GatewayFailure`, `YAMLError`.
  func open() throws -> (StoreReader, TimeZone) {
    let directory = try directory()
    do {
      let reader = try StoreReader(directory: directory, readers: 1)
      return (reader, try reader.timeZone())
    } catch let failure as DatabaseFailure {
      if case .damaged = failure { throw failure }
      throw GatewayFailure(.unavailable, failure.description)
    }
  }
}

/// Where a command finds the data: on this machine, or at a running gateway with `--url`.
struct StoreLocation: ParsableArguments {
  @OptionGroup var local: DataLocation

  @Option(help: "A running gateway's address, such as http://127.0.0.1:8080.")
  var url: String?

  func validate() throws {
    if url != nil, local.config != nil || local.data != nil {
      throw ValidationError("only one of --config, --data and --url says where the data are")
    }
  }

  enum Place {
    case store(StoreReader, TimeZone)
    case server(URL)
  }

  /// The gateway's configuration; nil where `--data` or `--url` says where the data are.
  func configuration() throws -> GatewayConfiguration? { url == nil ? try local.configuration() : nil }

  /// The zone of the store's gateway; the machine's where a server has the data.
  func timeZone() throws -> TimeZone {
    if case .store(_, let zone) = try open() { zone } else { .current }
  }

  /// Asks where the data are.
  ///
  /// - Throws: `GatewayFailure`, `YAMLError`; `QueryError` where the question cannot be answered.
  func answer(_ question: Question) async throws -> Data {
    switch try open() {
    case .server(let url): try await Self.get(question.path, question.parameters.pairs, from: url)
    case .store(let reader, let zone): try reader.readNow { try question.answer($0, zone: zone, now: .now).body }
    }
  }

  /// - Throws: `GatewayFailure`, `YAMLError`.
  func open() throws -> Place {
    if let url { return .server(try Self.address(url)) }
    let (reader, zone) = try local.open()
    return .store(reader, zone)
  }

  /// Has something changed: by the gateway that runs, or where none does, with its lock held.
  ///
  /// - Returns: the answer, as JSON.
  /// - Throws: `GatewayFailure`, `YAMLError`, `DatabaseFailure`; `QueryError` where it cannot be done as it is asked.
  func perform(_ request: WriteRequest) async throws -> Data {
    if local.data != nil {
      throw explain(
        "--data is only read; --config names the gateway whose data are to change, --url one that runs", .usage)
    }
    if let url { return try await Self.send("POST", request.path, request.parameters.pairs, to: Self.address(url)) }
    let configuration = try local.configuration()!
    guard DataDirectory.isHeld(configuration.data) else {
      return try await OfflineGateway(configuration, log: makeLogger(configuration.log)).perform(request)
    }
    let http = configuration.http
    return try await Self.send(
      "POST", request.path, request.parameters.pairs, to: Self.address("http://\(http.host):\(http.port)"))
  }

  private static func address(_ url: String) throws -> URL {
    guard let address = URL(string: url), ["http", "https"].contains(address.scheme), address.host != nil else {
      throw explain("--url '\(url)' is no address; expected http://host:port", .usage)
    }
    return address
  }

  /// Gets a page of a running gateway.
  ///
  /// - Throws: `GatewayFailure` where it does not answer, `QueryError` where it refuses the question.
  static func get(
    _ path: [String], _ parameters: [(name: String, value: String)], from server: URL
  ) async throws -> Data {
    try await send("GET", path, parameters, to: server)
  }

  private static func send(
    _ method: String, _ path: [String], _ parameters: [(name: String, value: String)], to server: URL
  ) async throws -> Data {
    var components = URLComponents(
      url: path.reduce(server) { $0.appending(component: $1) }, resolvingAgainstBaseURL: false)!
    components.queryItems = parameters.isEmpty ? nil : parameters.map { URLQueryItem(name: $0.name, value: $0.value) }
    var request = URLRequest(url: components.url!)
    request.httpMethod = method
    let answer: (Data, URLResponse)
    do {
      answer = try await URLSession.shared.data(for: request)
    } catch {
      throw GatewayFailure(.unavailable, "\(server): \(error.localizedDescription)")
    }
    let status = (answer.1 as? HTTPURLResponse)?.statusCode ?? 0
    guard status == 200 else {
      let detail = (try? JSONDecoder().decode(Refusal.self, from: answer.0).detail) ?? "HTTP status \(status)"
      if status == 400 || status == 404 { throw QueryError(detail, isNotFound: status == 404) }
      if status == 422 { throw GatewayFailure(.configuration, detail) }
      throw GatewayFailure(.unavailable, "\(server): \(detail)")
    }
    return answer.0
  }

  private struct Refusal: Decodable {
    let detail: String
  }
}
