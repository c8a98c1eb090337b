/// What people call the training keys, from the programs they come from.
enum KeyNames {
  /// Why a key that others have cannot be set here; nil where it can, or is not known at all.
  static func notYet(_ key: String) -> String? {
    key == "lora" || key.hasPrefix("lora.")
      ? "adapters cannot be trained so far, and this run would train every parameter" : nil
  }

  /// The key that was meant: by another program's name for it, by its last part, else by spelling; nil where none is
  /// near.
  static func nearest(to key: String) -> String? {
    let plain = key.lowercased().filter { $0 != "-" && $0 != "_" }
    let last = plain.split(separator: ".").last.map(String.init) ?? plain
    for name in [plain, last] {
      if let known = otherNames[name] { return known }
      let same = ConfigurationKey.all.first { candidate in
        let bare = candidate.name.filter { $0 != "_" }
        return bare == name || bare.hasSuffix("." + name)
      }
      if let same { return same.name }
    }
    // A part of another program's name: `trainer.optimizer.lr_max`.
    for word in key.lowercased().split(whereSeparator: { $0 == "." || $0 == "-" }) {
      if let known = otherNames[word.filter { $0 != "_" }] { return known }
    }
    let near = ConfigurationKey.all.map { ($0.name, editDistance($0.name, key)) }.min { $0.1 < $1.1 }
    return near.flatMap { $0.1 <= max(2, key.utf8.count / 3) ? $0.0 : nil }
  }

  /// Names of transformers, trl, nanoGPT, llm.c, torchtune and the like, without underscores.
  private static let otherNames: [String: String] = [
    "lr": "learning_rate", "maxlr": "learning_rate", "lrmax": "learning_rate", "rate": "learning_rate",
    "minlr": "min_lr_ratio", "lrmin": "min_lr_ratio", "minlrrate": "min_lr_ratio",
    "warmup": "warmup_steps", "warmupratio": "warmup_steps", "warmupiters": "warmup_steps",
    "numwarmupsteps": "warmup_steps",
    "lrscheduler": "schedule", "lrschedulertype": "schedule", "scheduler": "schedule", "lrdecay": "schedule",
    "gradientaccumulationsteps": "accumulation", "gradientaccumulation": "accumulation", "gradaccum": "accumulation",
    "gradaccumsteps": "accumulation", "accumulationsteps": "accumulation", "accumulategradbatches": "accumulation",
    "maxsteps": "steps", "numsteps": "steps", "iters": "steps", "maxiters": "steps", "numiterations": "steps",
    "iterations": "steps", "trainsteps": "steps", "totalsteps": "steps",
    "epoch": "epochs", "numepochs": "epochs", "numtrainepochs": "epochs", "maxepochs": "epochs",
    "perdevicetrainbatchsize": "batch_size", "trainbatchsize": "batch_size", "batch": "batch_size", "bs": "batch_size",
    "microbatchsize": "batch_size", "devicebatchsize": "batch_size",
    "maxseqlen": "context_length", "maxseqlength": "context_length", "maxlength": "context_length",
    "seqlen": "context_length", "sequencelength": "context_length", "blocksize": "context_length",
    "context": "context_length", "ctx": "context_length", "nctx": "context_length", "npositions": "context_length",
    "maxpositionembeddings": "context_length", "contextsize": "context_length",
    "maxgradnorm": "grad_clip", "gradclipnorm": "grad_clip", "clip": "grad_clip", "gradnorm": "grad_clip",
    "clipgradnorm": "grad_clip", "gradientclipval": "grad_clip", "gradientclipping": "grad_clip",
    "wd": "weight_decay", "adambeta1": "beta1", "adambeta2": "beta2", "betas": "beta1", "momentum": "beta1",
    "adamepsilon": "epsilon", "eps": "epsilon", "optim": "optimizer",
    "evalsteps": "eval_every", "evalinterval": "eval_every", "valinterval": "eval_every", "evalstrategy": "eval_every",
    "savesteps": "save_every", "saveinterval": "save_every", "checkpointevery": "save_every",
    "samplesteps": "sample_every", "prompts": "sample_prompts", "sampleprompt": "sample_prompts",
    "patience": "early_stopping_patience", "earlystopping": "early_stopping_patience",
    "valsplit": "validation_fraction", "valsetsize": "validation_fraction", "testsize": "validation_fraction",
    "evaldata": "validation_data", "valdata": "validation_data", "evalfile": "validation_data",
    "bf16": "dtype", "fp16": "dtype", "fp32": "dtype", "precision": "dtype", "torchdtype": "dtype",
    "numthreads": "threads", "nthreads": "threads", "randomseed": "seed", "datasetname": "data", "dataset": "data",
    "trainfile": "data", "traindata": "data", "file": "data", "outputdir": "out", "outdir": "out", "output": "out",
    "modelnameorpath": "base", "basemodel": "base", "modelname": "base", "model": "base", "initfrom": "base",
    "tokenizername": "tokenizer", "tokenizerpath": "tokenizer",
    "nlayer": "model.layers", "nlayers": "model.layers", "numlayers": "model.layers", "numhiddenlayers": "model.layers",
    "depth": "model.layers", "nembd": "model.hidden_size", "dim": "model.hidden_size", "dmodel": "model.hidden_size",
    "hiddendim": "model.hidden_size", "width": "model.hidden_size", "embeddingsize": "model.hidden_size",
    "nhead": "model.heads", "nheads": "model.heads", "numheads": "model.heads", "numattentionheads": "model.heads",
    "nkvheads": "model.kv_heads", "numkeyvalueheads": "model.kv_heads", "ffndim": "model.intermediate_size",
    "dff": "model.intermediate_size", "ninner": "model.intermediate_size", "mlpdim": "model.intermediate_size",
    "hiddenact": "model.activation", "positionembedding": "model.positions", "normalization": "model.norm",
    "tiewordembeddings": "model.tied", "tieembeddings": "model.tied", "tie": "model.tied",
    "vocabsize": "model.vocabulary", "vocab": "model.vocabulary",
  ]

  /// Levenshtein's distance, for "did you mean".
  private static func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a.utf8), b = Array(b.utf8.prefix(64))
    var row = Array(0...b.count)
    for (i, x) in a.prefix(64).enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[b.count]
  }
}
