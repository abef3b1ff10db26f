import ArgumentParser
import Foundation
import Gateway
import StrictYAML
import Telemetry

/// `ganglion tokens`: who may ask a gateway.
struct Tokens: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make, list and take out the tokens that a gateway's API asks for.",
    discussion: """
      They stand in a file that http.tokens_file names, by the hash of their secret. A gateway that runs takes a change \
      over within a second.
      """,
    subcommands: [Add.self, List.self, Remove.self])

  /// Which file is meant.
  struct Place: ParsableArguments {
    @Option(help: "The file of tokens (default: the one that the configuration names).")
    var file: String?

    @Option(help: "The gateway's configuration file (default: /etc/ganglion/ganglion.yaml).")
    var config: String?

    func validate() throws {
      if file != nil, config != nil { throw ValidationError("--config names the file already; leave out --file") }
    }

    func path() throws -> String {
      if let file { return file }
      let path = config ?? GatewayConfiguration.standardPath
      guard let file = try GatewayConfiguration.tokensFile(namedIn: path) else {
        throw explain(
          "\(path): http.tokens_file is not set; name a file with --file, and set the key to it", .configuration)
      }
      return file
    }

    /// - Parameter isNew: it may not be there yet.
    func read(isNew: Bool = false) throws -> TokensFile {
      let path = try path()
      let text = isNew && !FileManager.default.fileExists(atPath: path) ? "" : try TextFile.read(path)
      return try TokensFile(text, file: path)
    }

    func write(_ file: TokensFile) throws { try AtomicFile.replace(path(), with: file.text, mode: 0o640) }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token and print its secret, which is shown this once and kept nowhere.",
      discussion: """
          ganglion tokens add --name dashboard --role viewer --scope district=luojiang --expires 365d

        Roles: \(Role.allCases.map(\.rawValue).joined(separator: ", ")); each may do what those before it may. With a \
        scope it sees only devices that have one of the values of each tag that is named.
        """)

    @OptionGroup var place: Place
    @Option(help: "What it is called, in the file and in the log.")
    var name: String
    @Option(help: "What it may do: \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
    var role = Role.viewer
    @Option(help: "TAG=VALUE of the devices that it sees; may be repeated (default: all devices).")
    var scope: [String] = []
    @Option(help: "When it ends: a time, or an age such as 365d (default: never).")
    var expires: String?

    func run() async throws {
      try await reporting {
        var file = try place.read(isNew: true)
        let secret = try file.add(name: name, role: role, scope: tags(), expires: end())
        try place.write(file)
        print(secret.text)
      }
    }

    private func tags() throws -> TagScope {
      var values: [String: Set<String>] = [:]
      for word in scope {
        guard let sign = word.firstIndex(of: "="), sign != word.startIndex, word.index(after: sign) != word.endIndex
        else { throw explain("--scope '\(word)': expected TAG=VALUE, such as district=luojiang", .usage) }
        values[String(word[..<sign]), default: []].insert(String(word[word.index(after: sign)...]))
      }
      return TagScope(values)
    }

    private func end() throws -> String? {
      guard let expires else { return nil }
      guard let age = Duration(text: expires) else { return expires }
      return QueryTime.utc(.now + age)
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the tokens, without their secrets.")

    @OptionGroup var place: Place

    func run() async throws {
      try await reporting {
        let tokens = try place.read().table.tokens
        guard !tokens.isEmpty else { return print("There are no tokens.") }
        let rows = tokens.map { token in
          [token.name, token.role.rawValue, Self.text(of: token.scope), token.expiresAt.map(QueryTime.utc) ?? "-"]
        }
        print(Table(["name", "role", "scope", "expires"], rows).text)
      }
    }

    private static func text(of scope: TagScope) -> String {
      let tags = scope.values.sorted { $0.key < $1.key }.flatMap { name, values in
        values.sorted().map { "\(name)=\($0)" }
      }
      return tags.isEmpty ? "all devices" : tags.joined(separator: " ")
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a token out: it is refused from then on.")

    @OptionGroup var place: Place
    @Argument(help: "Its name.")
    var name: String

    func run() async throws {
      try await reporting {
        var file = try place.read()
        guard try file.remove(name) else { throw explain("there is no token '\(name)'", .badData) }
        try place.write(file)
      }
    }
  }
}

extension Role: ExpressibleByArgument {}
