// Whether files could be made in a folder, asked before the work whose result they are.
#pragma once

#include <string>

namespace dem {

// Throws Error{kIo} where `folder` is no folder or not writable, or, where there is none, where its
// nearest ancestor that exists is. Makes and touches nothing; a full disk shows later.
void require_writable_folder(const std::string& folder);

}  // namespace dem
