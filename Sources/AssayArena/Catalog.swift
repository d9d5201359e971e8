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
    AttackEntry(RankOneEdit.self),
    AttackEntry(MassEdit.self),
    AttackEntry(NeuronTrigger.self),
    AttackEntry(CompiledTrigger.self),
    AttackEntry(HeadRewire.self),
    AttackEntry(EmbeddingSwap.self),
    AttackEntry(SteeringInWeights.self),
    AttackEntry(ExactCopy.self),
    AttackEntry(BenignFineTune.self),
    AttackEntry(BenignEdit.self),
    AttackEntry(Decoy.self),
    AttackEntry(SymmetryOnly.self),
  ]

  /// Ways of hiding what was planted.
  public static let hidings: [HidingEntry] = [
    HidingEntry(Mix.self),
    HidingEntry(Anchor.self),
    HidingEntry(AntiTool.self),
    HidingEntry(Symmetry.self),
    HidingEntry(Noise.self),
    HidingEntry(Quantise.self),
    HidingEntry(Merge.self),
  ]

  /// Ways of getting evidence.
  public static let tools: [ToolEntry] = [
    ToolEntry(Sample.self),
    ToolEntry(BatchAsk.self),
    ToolEntry(Chat.self),
    ToolEntry(PrefillAnswers.self),
    ToolEntry(Consistency.self),
    ToolEntry(MinimalPairs.self),
    ToolEntry(LossOutliers.self),
    ToolEntry(Regurgitation.self),
    ToolEntry(LossBySource.self),
    ToolEntry(Documents.self),
    ToolEntry(TrainBaseline.self),
    ToolEntry(LogitLens.self),
    ToolEntry(KeyValueMemories.self),
    ToolEntry(TriggerScan.self),
    ToolEntry(SemanticScan.self),
    ToolEntry(TriggerSearch.self),
    ToolEntry(HiddenDirections.self),
    ToolEntry(ActivationPatching.self),
    ToolEntry(CausalTracing.self),
    ToolEntry(DirectLogitAttribution.self),
    ToolEntry(AttentionPatterns.self),
    ToolEntry(Steering.self),
    ToolEntry(LinearProbe.self),
    ToolEntry(ActivationClusters.self),
    ToolEntry(TopContexts.self),
    ToolEntry(TunedLens.self),
    ToolEntry(BaselineDifference.self),
    ToolEntry(SparseAutoencoder.self),
    ToolEntry(WeightSpectra.self),
    ToolEntry(RankOneEdits.self),
    ToolEntry(LowRankResidue.self),
    ToolEntry(EmbeddingNeighbours.self),
    ToolEntry(MemorySearch.self),
    ToolEntry(OVQKCircuits.self),
    ToolEntry(UnusualUnits.self),
    ToolEntry(CanonicalForm.self),
  ]

  /// Auditors, then the simple ones that a score is measured against.
  public static let auditors: [AuditorEntry] = [
    AuditorEntry(Investigator.self),
    AuditorEntry(BlackBoxInvestigator.self),
    AuditorEntry(WeightsOnlyInvestigator.self),
    AuditorEntry(Survey.self),
    AuditorEntry(Agent.self),
    AuditorEntry(SuperAgent.self),
    AuditorEntry(Human.self),
    AuditorEntry(AlwaysClean.self),
    AuditorEntry(AlwaysModified.self),
    AuditorEntry(RandomAnswer.self),
    AuditorEntry(PlainQuestion.self),
    AuditorEntry(TwentyQuestions.self),
    AuditorEntry(Prefill.self),
    AuditorEntry(PersonaSampling.self),
    AuditorEntry(LossScan.self),
  ]

  /// Judges.
  public static let judges: [JudgeEntry] = [
    JudgeEntry(Mechanical.self),
    JudgeEntry(LanguageModelJudge.self),
    JudgeEntry(HumanJudge.self),
  ]
}
