"""The words in which lists are searched and filtered, and the index behind them."""
