"""The words in which lists are searched and filtered, the index behind them, and what is counted over lists."""
