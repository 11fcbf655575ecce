#pragma once

#include "core/files/json_reader.h"
#include "core/training/experiment.h"

#include <vector>

namespace unrolled {

/// Reads one of settablePaths(), without its "training.", from a field of the training section or of an
/// intervention.
void readSetting(JsonReader& reader, std::string_view field, std::string_view setting,
                 TrainingSettings& training);

/// The field "interventions" of an experiment, in order of iteration. Whether what they name is there shows
/// when the run starts (checkInterventions()).
std::vector<Intervention> readInterventions(JsonReader& reader, const JsonReader::Source& source,
                                            std::int64_t maximumIterations);
nlohmann::ordered_json interventionsJson(const std::vector<Intervention>& interventions);

} // namespace unrolled
