import Core

/// One request of a `--jsonl` file: a JSON object whose keys are read as they are needed.
struct Request {
  let json: JSONObject

  init(line: [UInt8]) throws {
    let value: JSON
    do {
      value = try JSON.parse(line)
    } catch {
      throw InputError("The line is no JSON: \(error)")
    }
    guard let object = value.object else { throw InputError("The line is \(value.kind); an object is needed.") }
    json = object
  }

  /// null is as not given.
  func value(_ key: String) -> JSON? { json.given(key) }

  func string(_ key: String) throws -> String? { try value(key).map { try need($0.string, key, "a string", $0) } }
  func bool(_ key: String) throws -> Bool? { try value(key).map { try need($0.bool, key, "true or false", $0) } }
  func int(_ key: String) throws -> Int? { try value(key).map { try need($0.int, key, "a whole number", $0) } }

  func float(_ key: String) throws -> Float? {
    try value(key).map { Float(try need($0.double, key, "a number", $0)) }
  }

  func strings(_ key: String) throws -> [String]? {
    try value(key).map { value in
      if let one = value.string { return [one] }
      return try need(value.array, key, "a list of strings", value).map {
        try need($0.string, key, "a list of strings", $0)
      }
    }
  }

  func ids(_ key: String) throws -> [TokenID]? {
    try value(key).map { value in
      try need(value.array, key, "a list of token ids", value).map {
        try need($0.int.flatMap { TokenID(exactly: $0) }, key, "a list of token ids", $0)
      }
    }
  }

  private func need<T>(_ value: T?, _ key: String, _ expected: String, _ found: JSON) throws -> T {
    guard let value else { throw InputError("\"\(key)\" must be \(expected), not \(found.kind).") }
    return value
  }
}
