NAMES = {"Bookmarks", "cookies.sqlite"}
