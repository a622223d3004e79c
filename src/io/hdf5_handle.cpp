#include "io/hdf5_handle.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem::hdf5 {

QuietErrors::QuietErrors() {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

QuietErrors::~QuietErrors() {
  H5Eset_auto2(H5E_DEFAULT, function_, data_);
}

void fail(const std::string& where, const std::string& what) {
  // Innermost first: "truncated file: ...", "unable to open file". Layers repeat each other, so the
  // first and the last account say all.
  std::vector<std::string> accounts;
  H5Ewalk2(
      H5E_DEFAULT,
      H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* error, void* data) -> herr_t {
        auto& list = *static_cast<std::vector<std::string>*>(data);
        const std::string_view text = error->desc != nullptr ? error->desc : "";
        if (!text.empty()) list.emplace_back(text);
        return 0;
      },
      &accounts);
  if (accounts.size() > 2) accounts.erase(accounts.begin() + 1, accounts.end() - 1);
  throw Error(ErrorKind::kFormat,
              accounts.empty() ? concat(where, ": ", what)
                               : concat(where, ": ", what, ": ", join(accounts, "; ")));
}

}  // namespace dem::hdf5
