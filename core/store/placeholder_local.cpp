// only until the store's sources arrive
