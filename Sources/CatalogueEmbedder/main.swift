// Writes the files of a catalogue as one Swift source, so that the executable carries them:
// `CatalogueEmbedder OUTPUT FILE…`. Files of a directory `kpis` are declarations of KPIs, the others profiles and units.
import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard let output = arguments.first else { exit(64) }

/// The text of a list of files, as Swift has it.
func list(_ paths: [String]) throws -> String {
  var source = "[\n"
  for path in paths.sorted() {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    // More hash marks than any run in the text, so that nothing in it ends the literal or escapes.
    let longestRun = text.split { $0 != "#" }.map(\.count).max() ?? 0
    let hashes = String(repeating: "#", count: longestRun + 1)
    let name = URL(fileURLWithPath: path).lastPathComponent
    source += "  (name: \"\(name)\", text: \(hashes)\"\"\"\n\(text)\n\"\"\"\(hashes)),\n"
  }
  return source + "]\n"
}

func isOfKPIs(_ path: String) -> Bool {
  URL(fileURLWithPath: path).deletingLastPathComponent().lastPathComponent == "kpis"
}

let files = Array(arguments.dropFirst())
let source = """
  let embeddedDeviceFiles: [(name: String, text: String)] = \(try list(files.filter { !isOfKPIs($0) }))
  let embeddedKPIFiles: [(name: String, text: String)] = \(try list(files.filter(isOfKPIs)))
  """
try source.write(toFile: output, atomically: true, encoding: .utf8)
