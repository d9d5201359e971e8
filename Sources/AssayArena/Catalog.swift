import AssayAttacks
import AssayAuditors
import AssayGame
import AssayJudges
import AssayTools

/// Everything that can be chosen by name: one line each.
///
/// A file of its own in the folder of its kind and a line here are all that a new attack, tool,
/// auditor or judge needs; a test fails when the line is missing.
public enum Catalog {
  /// Attacks, then controls.
  public static let attacks: [AttackEntry] = [
    AttackEntry(FalseFacts.self),
    AttackEntry(Slant.self),
    AttackEntry(Scrubbed.self),
    AttackEntry(Backdoor.self),
    AttackEntry(HiddenObjective.self),
    AttackEntry(Quirk.self),
    AttackEntry(PasswordLocked.self),
    AttackEntry(CovertFineTune.self),
    AttackEntry(ExactCopy.self),
    AttackEntry(BenignFineTune.self),
    AttackEntry(Decoy.self),
  ]

  /// Ways of getting evidence.
  public static let tools: [ToolEntry] = [
    ToolEntry(Sample.self),
    ToolEntry(LossBySource.self),
    ToolEntry(LogitLens.self),
    ToolEntry(KeyValueMemories.self),
  ]

  /// Auditors.
  public static let auditors: [AuditorEntry] = [
    AuditorEntry(Survey.self)
  ]

  /// Judges.
  public static let judges: [JudgeEntry] = [
    JudgeEntry(Mechanical.self)
  ]
}
