/*
 * Columns that many sections have.
 */
#ifndef DASHBOARD_PAGE_COLUMNS_H
#define DASHBOARD_PAGE_COLUMNS_H

#define TEXT(name_, title_)                                                                        \
	{                                                                                          \
		.name = (name_), .title = (title_)                                                 \
	}
#define COUNT(name_, title_)                                                                       \
	{                                                                                          \
		.name = (name_), .title = (title_), .kind = CELL_COUNT                             \
	}
#define MONEY(name_, title_)                                                                       \
	{                                                                                          \
		.name = (name_), .title = (title_), .kind = CELL_MONEY                             \
	}
#define TOTAL(name_, title_)                                                                       \
	{                                                                                          \
		.name = (name_), .title = (title_), .kind = CELL_MONEY, .has_sum = true            \
	}
#define EXACT(name_, title_)                                                                       \
	{                                                                                          \
		.name = (name_), .title = (title_), .kind = CELL_EXACT, .has_sum = true            \
	}
#define PERCENT(name_, title_)                                                                     \
	{                                                                                          \
		.name = (name_), .title = (title_), .kind = CELL_PERCENT                           \
	}
#define QUANTITY(name_, title_)                                                                    \
	{                                                                                          \
		.name = (name_), .title = (title_), .kind = CELL_QUANTITY, .of = "unit"            \
	}
#define DECIMAL(name_, title_)                                                                     \
	{                                                                                          \
		.name = (name_), .title = (title_), .kind = CELL_DECIMAL                           \
	}
#define RATE(name_, title_)                                                                        \
	{                                                                                          \
		.name = (name_), .title = (title_), .kind = CELL_RATE                              \
	}
#define STATE(name_, title_, level_)                                                               \
	{                                                                                          \
		.name = (name_), .title = (title_), .kind = CELL_STATE, .of = (level_)             \
	}
#define LINK(name_, title_, page_, carry_)                                                         \
	{                                                                                          \
		.name = (name_), .title = (title_), .link = (page_), .carry = (carry_)             \
	}

#define DEPARTMENT(name_) LINK(name_, "Department", "department", "unit=" name_)

#endif
