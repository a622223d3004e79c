// The structured fields of model files as JSON text.
#pragma once

#include <string>

#include "dem/model/model.h"

namespace dem {

// {"inputs":[{"space":"attribute","dim":85,"gain":1.0}],"hidden_dim":1600,"feature_dim":1024,
//  "hidden_activation":"relu"}
[[nodiscard]] std::string network_to_json(const NetworkSpec& spec);
// Throws Error{kFormat} with `where` for anything else, and where the spec is not valid.
[[nodiscard]] NetworkSpec network_from_json(const std::string& json, const std::string& where);

// {"names":["zebra"],"seen":[true],"spaces":["attribute"]}, the table without its embeddings.
[[nodiscard]] std::string class_table_to_json(const ClassTable& classes);
// As many names as flags; leaves `embeddings` empty. Throws Error{kFormat} with `where`.
[[nodiscard]] ClassTable class_table_from_json(const std::string& json, const std::string& where);

}  // namespace dem
