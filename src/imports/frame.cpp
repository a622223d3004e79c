// A data frame in text: a row a sample, its class, perhaps its name, and features, each under a
// heading.
#include <algorithm>
#include <filesystem>
#include <limits>
#include <numeric>
#include <span>
#include <unordered_set>

#include "base/at.h"
#include "base/mapped_file.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "base/text.h"
#include "data/folders.h"
#include "data/table_labels.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/data/class_names.h"
#include "imports/class_codes.h"
#include "imports/frame_columns.h"
#include "imports/frame_text.h"
#include "imports/import_kinds.h"
#include "imports/table_writer.h"
#include "io/character_rows.h"
#include "io/csv_structure.h"
#include "io/formats.h"

namespace dem {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr Index kBlocksAtOnce = 16;  // their features are in memory

// What the frame says beside features.
struct FrameLabels {
  std::vector<std::string> classes;  // [n]
  std::vector<std::string> samples;  // [n], or empty
};

// Records of the text from `offset` on.
struct FrameBlock {
  std::size_t offset = 0;
  Index line = 1;
  Index rows = 0;
};

struct ParsedBlock {
  std::vector<float> features;  // [rows * num_features]
  FrameLabels labels;
  std::vector<Index> lines;  // [rows], of samples
};

class Frame {
 public:
  explicit Frame(const ImportOptions& options)
      : options_(options),
        file_(options.source),
        text_(reinterpret_cast<const char*>(file_.bytes().data()), file_.bytes().size()) {
    refuse_utf16(text_, options.source);
    dialect_ = frame_dialect(text_);
    CsvScanner start(text_, dialect_, options.source);
    layout_ = find_frame_layout(start, options.columns);
    refuse_doubtful_comments(text_, dialect_, width(), options.source);
    for (std::string& name : read_class_names(options.data.classes_file)) {
      classes_.insert(std::move(name));
    }
  }

  [[nodiscard]] const FrameLayout& layout() const { return layout_; }

  // Of records below the headings, kBlockBytes or one record in each; their number of rows.
  std::vector<FrameBlock> find_blocks(Index& rows) const {
    CsvScanner in(text_, dialect_, options_.source);
    skip_csv_record(in);
    std::vector<FrameBlock> blocks;
    for (rows = 0; !in.at_end(); ++rows) {
      if (blocks.empty() || in.offset() - blocks.back().offset >= kBlockBytes) {
        blocks.push_back({in.offset(), in.line(), 0});
      }
      ++blocks.back().rows;
      if (!in.skip_plain_record(width())) skip_csv_record(in);
    }
    return blocks;
  }

  // Writes the features of some blocks, which are parsed side by side, a few at a time.
  FrameLabels read(const std::vector<FrameBlock>& blocks, NpyRows& features) const {
    FrameLabels labels;
    std::unordered_set<std::string> samples;
    ClassCodes codes(layout_.num_features);
    const auto count = static_cast<Index>(blocks.size());
    for (Index first = 0; first < count; first += kBlocksAtOnce) {
      stop_if_asked(options_.should_stop);
      std::vector<ParsedBlock> parsed(at(std::min(kBlocksAtOnce, count - first)));
      parallel_for(std::ssize(parsed), 1, [&](Index i, Index) {
        parsed[at(i)] = parse(blocks[at(first + i)]);
      });
      for (ParsedBlock& block : parsed) append(block, features, codes, samples, labels);
    }
    refuse_codes(codes.found());
    return labels;
  }

 private:
  [[nodiscard]] Index width() const { return static_cast<Index>(layout_.roles.size()); }

  [[nodiscard]] ParsedBlock parse(const FrameBlock& block) const {
    CsvScanner in(text_.substr(block.offset), dialect_, options_.source, block.line);
    ParsedBlock parsed;
    parsed.features.reserve(at(block.rows * layout_.num_features));
    for (Index row = 0; row < block.rows; ++row) read_record(in, parsed);
    return parsed;
  }

  void append(ParsedBlock& block,
              NpyRows& features,
              ClassCodes& codes,
              std::unordered_set<std::string>& samples,
              FrameLabels& labels) const {
    const std::size_t width = at(layout_.num_features);
    for (std::size_t row = 0; row < block.labels.classes.size(); ++row) {
      const std::span<const float> x(block.features.data() + row * width, width);
      features.add(x);
      codes.add(block.labels.classes[row], x);
      labels.classes.push_back(std::move(block.labels.classes[row]));
      if (block.labels.samples.empty()) continue;
      std::string& sample = block.labels.samples[row];
      if (!samples.insert(sample).second) {
        throw Error(ErrorKind::kFormat,
                    concat(options_.source,
                           ": line ",
                           block.lines[row],
                           ": expected each sample once, got ",
                           shown(sample),
                           " again"));
      }
      labels.samples.push_back(std::move(sample));
    }
  }

  void read_record(CsvScanner& in, ParsedBlock& block) const {
    for (Index column = 0; column < width(); ++column) {
      CsvCell cell = in.next();
      if (cell.last != (column + 1 == width())) {
        if (!cell.last) cell = in.next();
        fail_csv_width(in, cell, width());
      }
      take(in, cell, layout_.roles[at(column)], block);
    }
  }

  void take(const CsvScanner& in, const CsvCell& cell, FrameRole role, ParsedBlock& block) const {
    switch (role) {
      case FrameRole::kFeature:
        block.features.push_back(number(in, cell));
        return;
      case FrameRole::kClass:
        block.labels.classes.push_back(name(in, cell));
        if (classes_.contains(block.labels.classes.back())) return;
        in.fail(cell.place,
                concat("a class of ", options_.data.classes_file),
                shown(block.labels.classes.back()));
      case FrameRole::kSample:
        block.labels.samples.push_back(name(in, cell));
        block.lines.push_back(cell.place.line);
        return;
      case FrameRole::kEmpty:
        if (!cell.text.empty()) {
          in.fail(cell.place, "nothing, as in the first rows of this column", shown(cell.text));
        }
        return;
      case FrameRole::kLeftOut:
        return;
    }
  }

  [[nodiscard]] static std::string name(const CsvScanner& in, const CsvCell& cell) {
    if (cell.text.empty()) in.fail(cell.place, "a name", "an empty cell");
    return utf8_or_latin1(std::string(cell.text));
  }

  // `found`: places among the features.
  void refuse_codes(const std::vector<Index>& found) const {
    if (found.empty()) return;
    Index place = -1;
    std::size_t column = 0;
    while (layout_.roles[column] != FrameRole::kFeature || ++place < found[0]) ++column;
    throw Error(ErrorKind::kFormat,
                concat(options_.source,
                       ": expected features, got class numbers under ",
                       shown(layout_.headings[column]),
                       ": one for each class, the same in all of its rows; leave it out by name"));
  }

  [[nodiscard]] float number(const CsvScanner& in, const CsvCell& cell) const {
    if (const std::optional<double> value = layout_.numbers.parse(cell.text)) {
      return static_cast<float>(*value);
    }
    const bool may_be_missing = options_.data.missing_features == MissingFeatures::kZero;
    if (may_be_missing && is_missing_cell(cell.text)) {
      return std::numeric_limits<float>::quiet_NaN();
    }
    in.fail(cell.place,
            "a number",
            concat(csv_cell_in_words(cell.text),
                   is_missing_cell(cell.text) ? "; missing features zero takes it as 0" : ""));
  }

  const ImportOptions& options_;
  MappedFile file_;
  std::string_view text_;
  CsvDialect dialect_;
  FrameLayout layout_;
  std::unordered_set<std::string> classes_;  // of the file of classes
};

std::string_view without_digits(std::string_view heading) {
  const std::size_t last = heading.find_last_not_of("0123456789");
  return heading.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// "f1 to f64", "age": headings that differ in a number at their end together.
std::string headings_of(const FrameLayout& layout, FrameRole role) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> runs;
  std::string_view first, last;
  const auto end_run = [&] {
    if (first.data() == nullptr) return;
    runs.push_back(first == last ? shown(first) : concat(shown(first), " to ", shown(last)));
  };
  for (std::size_t column = 0; column < layout.roles.size(); ++column) {
    const std::string_view heading = layout.headings[column];
    if (layout.roles[column] != role || heading.empty()) continue;
    if (first.data() == nullptr || without_digits(heading) != without_digits(first) ||
        without_digits(heading) == heading) {
      end_run();
      first = heading;
    }
    last = heading;
  }
  end_run();
  if (runs.empty()) return "none";
  const std::size_t more = runs.size() > kMost ? runs.size() - kMost : 0;
  runs.resize(runs.size() - more);
  return join(runs) + (more > 0 ? concat(" and ", more, " more") : "");
}

void log_columns(const std::string& source, const FrameLayout& layout) {
  log(LogLevel::kInfo,
      concat(source,
             ": classes under ",
             headings_of(layout, FrameRole::kClass),
             ", samples' names under ",
             headings_of(layout, FrameRole::kSample),
             ", ",
             layout.num_features,
             " features under ",
             headings_of(layout, FrameRole::kFeature),
             "; left out: ",
             headings_of(layout, FrameRole::kLeftOut)));
}

void write_frame_labels(const std::string& path, const std::vector<std::string>& classes) {
  std::vector<ClassId> rows(classes.size());
  std::iota(rows.begin(), rows.end(), ClassId{0});
  write_labels(path, classes, rows, {});
}

bool fits_frame(const std::string& source) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(source, ignored) && has_text_ending(source);
}

Translated translate_frame(const ImportOptions& options, const std::string& scratch) {
  DatasetOptions data = options.data;
  if (data.classes_file.empty() || !data.features_file.empty() || !data.labels_file.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(options.source,
                       ": expected a file of classes, a class a row with its description, and no "
                       "other features and labels than those of the frame"));
  }
  const Frame frame(options);
  log_columns(options.source, frame.layout());
  data.name = std::filesystem::path(options.source).stem().string();
  data.layout = "table";
  data.features_file = scratch + "/features.npy";
  data.labels_file = scratch + "/labels.csv";
  Index rows = 0;
  const std::vector<FrameBlock> blocks = frame.find_blocks(rows);
  NpyRows features(data.features_file, rows, frame.layout().num_features);
  FrameLabels labels = frame.read(blocks, features);
  features.commit();
  write_frame_labels(data.labels_file, labels.classes);
  return {std::move(data), std::move(labels.samples)};
}

}  // namespace

ImportEntry frame_kind() {
  return {{"frame",
           "a data frame in text, a row a sample with its class and features under headings, and "
           "a file of classes"},
          fits_frame,
          translate_frame};
}

}  // namespace dem
