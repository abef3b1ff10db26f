// Writes the files of a catalogue as one Swift source, so that the executable carries them:
// `CatalogueEmbedder OUTPUT FILE…`.
import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard let output = arguments.first else { exit(64) }

var source = "let embeddedDeviceFiles: [(name: String, text: String)] = [\n"
for path in arguments.dropFirst().sorted() {
  let text = try String(contentsOfFile: path, encoding: .utf8)
  // More hash marks than any run in the text, so that nothing in it ends the literal or escapes.
  let longestRun = text.split { $0 != "#" }.map(\.count).max() ?? 0
  let hashes = String(repeating: "#", count: longestRun + 1)
  let name = URL(fileURLWithPath: path).lastPathComponent
  source += "  (name: \"\(name)\", text: \(hashes)\"\"\"\n\(text)\n\"\"\"\(hashes)),\n"
}
source += "]\n"
try source.write(toFile: output, atomically: true, encoding: .utf8)
