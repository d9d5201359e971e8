/// The kinds of events that ledgers hold.
public enum LedgerKind {
  /// A match began: organism, commitment, rules, auditor, seed.
  public static let start = "start"
  /// A tool was called and returned evidence: number, tool, cost, hashes of arguments and file.
  public static let call = "call"
  /// A call was refused: tool, the error's code and message, hash of the arguments.
  public static let refusal = "refusal"
  /// A tool failed: tool, the error's code and message, hash of the arguments.
  public static let failure = "failure"
  /// Rules or budgets ended the audit before its auditor was done: the error's code and message.
  public static let ended = "ended"
  /// The report was handed in: hash of its file.
  public static let report = "report"
  /// The sealed truth was opened: organism and commitment.
  public static let truthOpened = "truth-opened"
  /// A judge scored the report: hash of the score's file.
  public static let score = "score"
  /// Another judge gave a second opinion: its name and the hash of its file.
  public static let opinion = "opinion"
  /// A third-party auditor began: command, confinement, folders it may read, limits.
  public static let auditorStarted = "auditor-started"
  /// What its client calls itself, and the version of the protocol that it speaks.
  public static let auditorClient = "auditor-client"
  /// It did what it must not: a message that is none or too long, a second report, a late one.
  public static let auditorFault = "auditor-fault"
  /// It ended: why, what it spent, how many messages it sent, hash of its standard error.
  public static let auditorEnded = "auditor-ended"
}
