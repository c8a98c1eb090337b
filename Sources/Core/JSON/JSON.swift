/// A JSON value (RFC 8259). Objects keep their order; strings are exact.
///
/// ```swift
/// let value = try JSON.parse(#"{"name": "gpt2", "layers": 12}"#)
/// value["layers"]?.int  // 12
/// ```
public enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number written without fraction or exponent that fits.
  case int(Int)
  case double(Double)
  /// Like ``double(_:)``, but written with nine digits, enough for every float32. The parser never makes one.
  case float(Float)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  public subscript(key: String) -> JSON? {
    if case .object(let object) = self { object[key] } else { nil }
  }

  /// A member that is there and not null: null is as not given.
  public func given(_ key: String) -> JSON? { object?.given(key) }

  public subscript(index: Int) -> JSON? {
    if case .array(let array) = self, array.indices.contains(index) { array[index] } else { nil }
  }

  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  public var isNull: Bool { if case .null = self { true } else { false } }

  /// An integer, also one written as `2.0` or `2e3`.
  public var int: Int? {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value)
    case .float(let value): Int(exactly: value)
    default: nil
    }
  }

  /// Any number.
  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .float(let value): Double(value)
    default: nil
    }
  }

  /// What kind of value this is, for messages: "a string", "an object".
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .int, .double, .float: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object in the order of the text.
///
/// Look-up compares bytes and walks from the end, so that the last of equal keys counts, as everywhere. It is meant for
/// small objects; walk over large ones.
public struct JSONObject: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  public var members: [(key: String, value: JSON)]

  public init(_ members: [(key: String, value: JSON)] = []) { self.members = members }
  public init(dictionaryLiteral elements: (String, JSON)...) { members = elements.map { (key: $0.0, value: $0.1) } }

  public var count: Int { members.count }
  public var isEmpty: Bool { members.isEmpty }
  public var keys: [String] { members.map(\.key) }

  public subscript(key: String) -> JSON? {
    get { members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value }
    set {
      let place = members.lastIndex { $0.key.utf8.elementsEqual(key.utf8) }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append((key, value))
      case (nil, nil): break
      }
    }
  }

  /// A member that is there and not null: null is as not given.
  public func given(_ key: String) -> JSON? {
    // `nil` in an expression that may be a JSON is a JSON: null.
    guard let value = self[key], !value.isNull else { return Optional<JSON>.none }
    return value
  }

  /// A key that stands twice, if there is one.
  public var duplicateKey: String? {
    var seen = Set<[UInt8]>(minimumCapacity: members.count)
    return members.first { !seen.insert(Array($0.key.utf8)).inserted }?.key
  }

  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.members.elementsEqual(b.members) { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
  }
  public init(nilLiteral: ()) { self = .null }
}
