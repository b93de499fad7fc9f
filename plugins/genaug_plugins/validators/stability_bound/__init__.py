"""The stability bound of Zheng, Wu & Li."""
