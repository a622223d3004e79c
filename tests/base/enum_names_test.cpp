#include "base/enum_names.h"

#include <gtest/gtest.h>

#include <string>

namespace dem {
namespace {

enum class Fruit { kApple, kPear, kPlum };
constexpr EnumName<Fruit> kFruits[] = {
    {Fruit::kPear, "pear"}, {Fruit::kApple, "apple"}, {Fruit::kPlum, "plum"}};

struct Drink {
  Fruit value;
  std::string_view name;
  int litres;
};
constexpr Drink kDrinks[] = {{Fruit::kApple, "juice", 1}, {Fruit::kPear, "cider", 2}};
constexpr EnumName<Fruit> kOne[] = {{Fruit::kPlum, "plum"}};

TEST(EnumNames, AreThoseOfTheTableInEitherDirection) {
  static_assert(name_of(kFruits, Fruit::kApple) == "apple");
  for (const auto& [value, name] : kFruits) {
    EXPECT_EQ(name_of(kFruits, value), name);
    EXPECT_EQ(value_of(kFruits, name, "fruit"), value);
  }
  EXPECT_EQ(name_of(kDrinks, Fruit::kPear), "cider");
  EXPECT_EQ(value_of(kDrinks, "juice", "drink"), Fruit::kApple);
  EXPECT_EQ(name_of(kDrinks, Fruit::kPlum), "unknown");
  EXPECT_EQ(name_of(kFruits, static_cast<Fruit>(7)), "unknown");
}

TEST(EnumNames, AWrongNameIsAnsweredWithAllThatThereAre) {
  const auto message = [](const auto& table, std::string_view name, std::string_view what) {
    try {
      (void)value_of(table, name, what);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message(kFruits, "Pear", "fruit"), "fruit: expected pear, apple or plum, got \"Pear\"");
  EXPECT_EQ(message(kDrinks, "", "bar: drink"), "bar: drink: expected juice or cider, got \"\"");
  EXPECT_EQ(message(kOne, "plums", "fruit"), "fruit: expected plum, got \"plums\"");
}

}  // namespace
}  // namespace dem
